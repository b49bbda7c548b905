"""PubMed identifiers enter; their titles and abstracts leave as documents, by way of NCBI's E-utilities.

NCBI's rules (https://www.ncbi.nlm.nih.gov/books/NBK25497): at most three requests a second, ten with an API key; a `tool`
and an `email` in every request; more than about 200 identifiers by POST.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from biobert_demo.documents import Document
from biobert_demo.errors import BadInput, BiobertDemoError, Problem

if TYPE_CHECKING:
    import httpx

BASE_URL = "https://eutils.ncbi.nlm.nih.gov/entrez/eutils"
BATCH = 200
"""Identifiers a request."""

PER_SECOND, PER_SECOND_WITH_KEY = 3, 10
MAX_TRIES = 5
MAX_TRIES_OFFLINE = 2
LONGEST_WAIT = 60.0
"""Seconds that a server's Retry-After is heeded at most before each new try."""

MAX_REPLY_BYTES = 64 * 2**20
_TIMEOUT = 30.0
_PASSING = frozenset([429, 500, 502, 503, 504])
_SOURCE = "PubMed"
_TOOL = "biobert-demo"
_PMID = re.compile(
    r"(?:PMID:?|https?://(?:www\.)?(?:pubmed\.ncbi\.nlm\.nih\.gov|ncbi\.nlm\.nih\.gov/pubmed)/)?(\d{1,9})/?", re.ASCII
)
_LABEL = re.compile(r"\bPMID\b\s*:?\s*", re.IGNORECASE)

Report = Callable[[Problem], None]


class PubMedUnavailable(BiobertDemoError):
    """PubMed cannot be reached, or does not answer as it should."""


@dataclass(slots=True)
class Pace:
    """When requests may be sent: NCBI counts those of an address together, so threads share one pace."""

    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _next: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def wait(self, per_second: int) -> None:
        """Return when a request may be sent, no more than `per_second` of them a second."""
        with self._lock:
            now = self.clock()
            turn = max(now, self._next)
            self._next = turn + 1 / per_second
        if turn > now:
            self.sleep(turn - now)


_PACE = Pace()


def parse_pmids(text: str, report: Report) -> list[str]:
    """The PMIDs in a pasted list, each once, in their order; separated by white space, commas or semicolons.

    "PMID: 123" and addresses of pubmed.ncbi.nlm.nih.gov are read too; anything else is reported.
    """
    found: dict[str, None] = {}
    for word in re.split(r"[\s,;]+", _LABEL.sub("", text)):
        match = _PMID.fullmatch(word)
        if match is not None and match[1].lstrip("0"):
            found[match[1].lstrip("0")] = None
        elif word:
            kind = (
                "a PubMed Central id; convert it to a PMID"
                if re.fullmatch(r"PMC\d+", word, re.IGNORECASE)
                else "no PMID"
            )
            report(Problem(_SOURCE, f"{word[:60]!r} is {kind}; left out", text_lost=True))
    return list(found)


def fetch_pubmed(
    pmids: Iterable[str],
    report: Report,
    api_key: str | None = None,
    email: str | None = None,
    base_url: str = BASE_URL,
    pace: Pace = _PACE,
) -> Iterator[Document]:
    """The documents in the order of their PMIDs, in batches: a title passage and a passage for each abstract section.

    Sections of structured abstracts begin with their heading, as on the page ("METHODS: ..."). PMIDs that PubMed does
    not know, or has no text for, are reported. Raises PubMedUnavailable where PubMed cannot be reached or goes on
    failing after MAX_TRIES, and BadInput where it refuses the request, for example for a wrong API key; the documents
    of earlier batches have been given out by then.
    """
    import httpx

    wanted = _checked_pmids(pmids)
    fields = {"db": "pubmed", "retmode": "xml", "tool": _TOOL, "email": email, "api_key": api_key}
    per_second = PER_SECOND_WITH_KEY if api_key else PER_SECOND
    headers = {"User-Agent": _TOOL}
    with httpx.Client(timeout=_TIMEOUT, headers=headers, follow_redirects=True) as client:
        for first in range(0, len(wanted), BATCH):
            batch = wanted[first : first + BATCH]
            data = {key: value for key, value in fields.items() if value} | {"id": ",".join(batch)}
            content = _post(client, f"{base_url.rstrip('/')}/efetch.fcgi", data, per_second, pace)
            found = {document.id: document for document in _parse(content, report)}
            for pmid in batch:
                document = found.get(pmid)
                if document is None:
                    report(Problem(_SOURCE, "PubMed has no text under this PMID; left out", None, pmid, text_lost=True))
                else:
                    yield document


def _checked_pmids(pmids: Iterable[str]) -> list[str]:
    """Each PMID once, as PubMed writes it."""
    found: dict[str, None] = {}
    for pmid in pmids:
        if not re.fullmatch(r"\d{1,9}", pmid, re.ASCII):
            raise BadInput(f"{pmid[:60]!r} is no PMID, which is a whole number; check the list.")
        found[str(int(pmid))] = None
    return list(found)


def _post(client: httpx.Client, url: str, data: dict[str, str], per_second: int, pace: Pace) -> bytes:
    """The reply's body; passing failures are tried again, after as long as the server asks for or twice as long."""
    import httpx

    failure, wait, tries = "", 0.0, 0
    allowed = MAX_TRIES
    while tries < allowed:
        if tries:
            pace.sleep(wait)
        pace.wait(per_second)
        wait = float(2**tries)
        tries += 1
        try:
            with client.stream("POST", url, data=data) as reply:
                content = _read(reply)
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise BadInput(f"{url} is no address of the E-utilities ({error}); check the setting.") from error
        except httpx.RequestError as error:
            failure = str(error) or type(error).__name__
            # Without a network nobody should have to wait for it.
            allowed = MAX_TRIES_OFFLINE if isinstance(error, httpx.ConnectError) else MAX_TRIES
        else:
            is_page = reply.is_success and _is_page(content)
            if reply.status_code not in _PASSING and not is_page:
                return _checked(reply, content)
            failure = "a web page in place of XML" if is_page else f"status {reply.status_code}"
            wait = min(LONGEST_WAIT, _retry_after(reply.headers.get("Retry-After"), wait))
    raise PubMedUnavailable(
        f"PubMed cannot be reached at {url} ({failure}; {tries} tries); check the network or try later. Without a network, "
        "import files with the abstracts instead."
    )


def _read(reply: httpx.Response) -> bytes:
    pieces: list[bytes] = []
    size = 0
    for piece in reply.iter_bytes():
        pieces.append(piece)
        size += len(piece)
        if size > MAX_REPLY_BYTES:
            raise PubMedUnavailable(
                f"PubMed answered with more than {MAX_REPLY_BYTES >> 20} MiB to one request, which no {BATCH} abstracts "
                "take; check the address of the E-utilities."
            )
    return b"".join(pieces)


def _is_page(content: bytes) -> bool:
    """NCBI answers with a web page, and status 200, while it is being serviced."""
    return content[:500].lstrip().lower().startswith((b"<!doctype html", b"<html"))


def _checked(reply: httpx.Response, content: bytes) -> bytes:
    if reply.is_success:
        return content
    text = " ".join(content[:300].decode("utf-8", "replace").split())
    if reply.status_code == 400 and "ID list is empty" in text:
        return b"<PubmedArticleSet/>"
    raise BadInput(
        f"PubMed refuses the request (status {reply.status_code}: {text or 'no reason given'}); check the API key and the "
        "address of the E-utilities."
    )


def _retry_after(value: str | None, otherwise: float) -> float:
    """Seconds that a Retry-After header asks for, which holds them or a date."""
    if value is None:
        return otherwise
    if re.fullmatch(r"\d+", value.strip(), re.ASCII):
        return float(value)
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except ValueError:
        return otherwise


def _parse(content: bytes, report: Report) -> Iterator[Document]:
    from xml.etree.ElementTree import ParseError

    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        root = fromstring(content, forbid_dtd=False)
    except (ParseError, DefusedXmlException, LookupError, ValueError) as error:
        raise PubMedUnavailable(f"PubMed's answer is no XML that can be read ({error}); try again later.") from error
    complaint = root.findtext(".//ERROR") if root.tag == "eFetchResult" else None
    if complaint:
        raise PubMedUnavailable(
            f"PubMed answered with an error ({' '.join(complaint.split())[:200]}); try again later."
        )
    for element in root:
        # Articles have their record in MedlineCitation, chapters of NCBI's bookshelf in BookDocument.
        record = element.find("MedlineCitation")
        record = element.find("BookDocument") if record is None else record
        pmid = "" if record is None else _text(record.find("PMID"))
        if record is not None and pmid:
            blocks = list(_blocks(record))
            if blocks:
                yield Document.from_passages(pmid, blocks)
            if len(blocks) == 1 and blocks[0][0] == "title":
                report(Problem(_SOURCE, "PubMed has a title but no abstract for this PMID; read without", None, pmid))


def _blocks(record: Any) -> Iterator[tuple[str, str]]:
    article = record.find("Article")
    article = record if article is None else article
    title = _text(article.find("ArticleTitle")) or _text(article.find("VernacularTitle"))
    if title:
        yield "title", title
    for section in article.findall("Abstract/AbstractText"):
        text = _text(section)
        heading = " ".join((section.get("Label") or "").split())
        if text:
            yield "abstract", f"{heading}: {text}" if heading and heading != "UNLABELLED" else text


def _text(element: Any) -> str:
    """All text of an element, that of its sub- and superscripts too, in one line."""
    return "" if element is None else " ".join("".join(element.itertext()).split())
