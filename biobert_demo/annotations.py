"""Names of entity classes enter; labels and the annotations that carry them leave."""

from __future__ import annotations

from dataclasses import dataclass

from biobert_demo.errors import InvalidSpan


@dataclass(frozen=True, slots=True)
class Label:
    """A class of entity: its name in files, the words shown to people, and other names it is read from."""

    name: str
    shown: str
    aliases: tuple[str, ...] = ()


DISEASE = Label(
    "Disease",
    "Disease",
    (
        "DiseaseOrPhenotypicFeature",
        "SpecificDisease",
        "DiseaseClass",
        "Modifier",
        "CompositeMention",
        "Disorder",
    ),
)
CHEMICAL = Label(
    "Chemical",
    "Drug / chemical",
    ("Drug", "ChemicalEntity", "Simple_chemical", "Simple_molecule", "Chem"),
)
GENE = Label("Gene", "Gene", ("GeneOrGeneProduct", "Gene_or_gene_product", "GeneProduct", "FamilyName", "Protein"))
SPECIES = Label("Species", "Species", ("OrganismTaxon", "Organism", "Taxon"))

LABELS: tuple[Label, ...] = (DISEASE, CHEMICAL, GENE, SPECIES)
LABEL_NAMES: tuple[str, ...] = tuple(label.name for label in LABELS)

_CANONICAL = {name.casefold(): label.name for label in LABELS for name in (label.name, label.shown, *label.aliases)}


def canonical_label(name: str) -> str:
    """The project's name for a class ("Drug" -> "Chemical"); a name it does not know is kept as it is."""
    return _CANONICAL.get(name.strip().casefold(), name.strip())


@dataclass(frozen=True, slots=True)
class Annotation:
    """A labelled stretch of text: half-open code point offsets, the surface text, and where it came from.

    A predicted annotation has a `model` version and a `score` (the probability that it is right);
    a human one has an `author`. `state` is what a reviewer decided (accepted, rejected, ignored) or unseen; None where
    there was no review. `identifiers` are CURIEs such as `MESH:D006262`; `note` is a reviewer's remark.
    """

    start: int
    end: int
    text: str
    label: str
    identifiers: tuple[str, ...] = ()
    score: float | None = None
    model: str | None = None
    author: str | None = None
    state: str | None = None
    note: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise InvalidSpan(
                f"An annotation needs 0 <= start < end, but it has start {self.start} and end {self.end}."
            )
        if len(self.text) != self.end - self.start:
            raise InvalidSpan(
                f"An annotation at {self.start}-{self.end} covers {self.end - self.start} code points, "
                f"but its text {self.text[:60]!r} has {len(self.text)}."
            )
        if not self.label:
            raise InvalidSpan(f"The annotation {self.text[:60]!r} at {self.start}-{self.end} has no label.")

    @property
    def key(self) -> tuple[int, int, str]:
        """What strict scoring compares: both boundaries and the label."""
        return self.start, self.end, self.label


@dataclass(frozen=True, slots=True)
class Relation:
    """A typed link between concepts of a document, e.g. BC5CDR's `CID` from a chemical to a disease."""

    type: str
    arguments: tuple[str, ...]
