"""A folder enters; the store in it leaves: one SQLite file with documents, predictions and everybody's corrections."""

from biobert_demo.store.backups import made_at
from biobert_demo.store.checks import StoreFinding
from biobert_demo.store.database import StoreUnavailable
from biobert_demo.store.documents import AddTally, StoredDocument, content_hash
from biobert_demo.store.exports import ExportFilter
from biobert_demo.store.history import Review, ReviewKind
from biobert_demo.store.imports import ImportTally
from biobert_demo.store.labels import ProjectLabel
from biobert_demo.store.models import ModelVersion, Promotion, PromotionRefused
from biobert_demo.store.predictions import PredictionSet
from biobert_demo.store.projects import DEFAULT_NAME, Project, standard_labels
from biobert_demo.store.reviews import SaveResult, new_key
from biobert_demo.store.run_records import Receipt, RunExample, SpanChange
from biobert_demo.store.runs import RunRefused, Task, TrainingRun
from biobert_demo.store.search import FIELDS, SearchHit
from biobert_demo.store.store import FILE_NAME, Store, find_file, restore_store
from biobert_demo.store.summaries import AnnotatorProgress, DocumentSummary

__all__ = [
    "DEFAULT_NAME",
    "FIELDS",
    "FILE_NAME",
    "AddTally",
    "AnnotatorProgress",
    "DocumentSummary",
    "ExportFilter",
    "ImportTally",
    "ModelVersion",
    "PredictionSet",
    "Project",
    "ProjectLabel",
    "Promotion",
    "PromotionRefused",
    "Receipt",
    "Review",
    "ReviewKind",
    "RunExample",
    "RunRefused",
    "SaveResult",
    "SearchHit",
    "SpanChange",
    "Store",
    "StoreFinding",
    "StoreUnavailable",
    "StoredDocument",
    "Task",
    "TrainingRun",
    "content_hash",
    "find_file",
    "made_at",
    "new_key",
    "restore_store",
    "standard_labels",
]
