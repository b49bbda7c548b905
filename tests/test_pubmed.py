"""A local server with invented replies in PubMed's format enters; documents, manners and clear words are checked."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest

from biobert_demo import pubmed
from biobert_demo.documents import Document, Passage
from biobert_demo.errors import BadInput, Problem
from biobert_demo.pubmed import Pace, PubMedUnavailable, fetch_pubmed, parse_pmids

HEAD = (
    '<?xml version="1.0" ?>\n<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, 1st January 2025//EN" '
    '"https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd">\n'
)
STRUCTURED = """<PubmedArticle><MedlineCitation Status="MEDLINE" Owner="NLM"><PMID Version="1">900001</PMID>
<Article PubModel="Print"><Journal><Title>Invented</Title></Journal>
<ArticleTitle>Velocumab in <i>lumositis</i>
 &amp; H<sub>2</sub>O.</ArticleTitle>
<Abstract><AbstractText Label="BACKGROUND" NlmCategory="BACKGROUND">Lumositis is rare.</AbstractText>
<AbstractText Label="METHODS AND RESULTS" NlmCategory="METHODS">Mice got 5 µg.</AbstractText>
<AbstractText Label="UNLABELLED">That is all.</AbstractText>
<AbstractText Label="EMPTY"/>
<CopyrightInformation>Nobody's.</CopyrightInformation></Abstract></Article>
<OtherAbstract><AbstractText>Anders.</AbstractText></OtherAbstract>
<CommentsCorrectionsList><CommentsCorrections><PMID>1</PMID></CommentsCorrections></CommentsCorrectionsList>
</MedlineCitation><PubmedData><ArticleIdList><ArticleId IdType="pubmed">900001</ArticleId></ArticleIdList></PubmedData>
</PubmedArticle>"""
BOOK = """<PubmedBookArticle><BookDocument><PMID Version="1">900002</PMID><Book><BookTitle>Invented</BookTitle></Book>
<ArticleTitle>Lumositis</ArticleTitle><Abstract><AbstractText>A chapter.</AbstractText></Abstract></BookDocument>
</PubmedBookArticle>"""


def article(pmid: str, title: str = "", abstract: str = "") -> str:
    block = f"<Abstract><AbstractText>{abstract}</AbstractText></Abstract>" if abstract else ""
    body = f"<PMID>{pmid}</PMID><Article><ArticleTitle>{title}</ArticleTitle>{block}</Article>"
    return f"<PubmedArticle><MedlineCitation>{body}</MedlineCitation></PubmedArticle>"


def article_set(*articles: str) -> bytes:
    return f"{HEAD}<PubmedArticleSet>{''.join(articles)}</PubmedArticleSet>".encode()


@dataclass
class Server:
    """Answers with `replies` in turn, then with an article for each id that was asked for."""

    url: str = ""
    replies: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)
    requests: list[dict[str, str]] = field(default_factory=list)


@dataclass
class FakeTime:
    """A clock that moves only when somebody sleeps."""

    now: float = 100.0
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(round(seconds, 3))
        self.now += seconds

    def pace(self) -> Pace:
        return Pace(lambda: self.now, self.sleep)


@pytest.fixture
def server() -> Iterator[Server]:
    state = Server()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            fields = {key: values[0] for key, values in form.items()} | {"path": self.path}
            state.requests.append(fields)
            ok = 200, {}, article_set(*(article(pmid, f"T{pmid}", "x") for pmid in fields["id"].split(",")))
            status, headers, body = state.replies.pop(0) if state.replies else ok
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    state.url = f"http://127.0.0.1:{http.server_port}/entrez/eutils/"
    yield state
    http.shutdown()
    thread.join()
    http.server_close()


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


def fetch(server: Server, time: FakeTime, *pmids: str, key: str | None = None) -> tuple[list[Document], list[Problem]]:
    problems: list[Problem] = []
    documents = fetch_pubmed(pmids, problems.append, key, "ann@lab.example", server.url, time.pace())
    return list(documents), problems


@pytest.mark.parametrize(
    ("text", "pmids"),
    [
        ("1 2\n3", ["1", "2", "3"]),
        ("1,2;3,, 2 1", ["1", "2", "3"]),
        ("PMID: 12\npmid 13\nPMID:14", ["12", "13", "14"]),
        ("https://pubmed.ncbi.nlm.nih.gov/900001/\nhttps://www.ncbi.nlm.nih.gov/pubmed/900002", ["900001", "900002"]),
        ("007", ["7"]),
        (" \n", []),
    ],
)
def test_pasted_lists_are_read(text: str, pmids: list[str]) -> None:
    assert parse_pmids(text, pytest.fail) == pmids


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("abc", "'abc' is no PMID; left out"),
        ("PMC123", "'PMC123' is a PubMed Central id; convert it to a PMID; left out"),
        ("12.5", "'12.5' is no PMID; left out"),
        ("0", "'0' is no PMID; left out"),
        ("٣", "'٣' is no PMID; left out"),
        ("1234567890", "'1234567890' is no PMID; left out"),
    ],
)
def test_words_that_are_no_pmid_are_reported(word: str, message: str) -> None:
    problems: list[Problem] = []

    assert parse_pmids(f"1 {word} 2", problems.append) == ["1", "2"]
    assert [(p.message, p.text_lost) for p in problems] == [(message, True)]


def test_titles_and_structured_abstracts_become_passages(server: Server, time: FakeTime) -> None:
    server.replies.append((200, {}, article_set(BOOK, STRUCTURED)))
    (one, two), problems = fetch(server, time, "900001", "900002")

    title = "Velocumab in lumositis & H2O."
    sections = ("BACKGROUND: Lumositis is rare.", "METHODS AND RESULTS: Mice got 5 µg.", "That is all.")
    blocks = [("title", title), *(("abstract", section) for section in sections)]
    assert one == Document.from_passages("900001", blocks)
    assert two == Document("900002", "Lumositis\nA chapter.", (Passage("title", 0, 9), Passage("abstract", 10, 20)))
    assert problems == []


def test_the_request_is_as_ncbi_asks_for(server: Server, time: FakeTime) -> None:
    fetch(server, time, "7", "8", key="secret")

    assert server.requests == [
        {
            "path": "/entrez/eutils/efetch.fcgi",
            "db": "pubmed",
            "retmode": "xml",
            "tool": "biobert-demo",
            "email": "ann@lab.example",
            "api_key": "secret",
            "id": "7,8",
        }
    ]


@pytest.mark.parametrize(("key", "gap"), [(None, 0.333), ("secret", 0.1)])
def test_long_lists_go_in_batches_at_the_pace_that_is_allowed(
    server: Server, time: FakeTime, key: str | None, gap: float
) -> None:
    pmids = [str(n) for n in range(1, 450)]
    documents, problems = fetch(server, time, *pmids, "5", "007", key=key)

    assert [d.id for d in documents] == pmids
    assert [len(request["id"].split(",")) for request in server.requests] == [200, 200, 49]
    assert time.slept == [gap, gap]
    assert problems == []


def test_threads_share_one_pace(time: FakeTime) -> None:
    pace = Pace(lambda: 100.0, time.slept.append)
    for _ in range(4):
        pace.wait(10)

    assert [round(seconds, 3) for seconds in time.slept] == [0.1, 0.2, 0.3]


def test_documents_come_in_the_order_of_the_list_and_the_unknown_are_reported(server: Server, time: FakeTime) -> None:
    server.replies.append((200, {}, article_set(article("3", "C", "c"), article("1", "A", "a"), article("4"))))
    documents, problems = fetch(server, time, "1", "2", "3", "4")

    assert [d.id for d in documents] == ["1", "3"]
    assert [(p.document_id, p.text_lost) for p in problems] == [("2", True), ("4", True)]
    assert problems[0].message == "PubMed has no text under this PMID; left out"


def test_a_title_without_an_abstract_is_kept_and_told(server: Server, time: FakeTime) -> None:
    server.replies.append((200, {}, article_set(article("1", "Only a title."))))
    documents, problems = fetch(server, time, "1")

    assert documents == [Document("1", "Only a title.", (Passage("title", 0, 13),))]
    assert [(p.document_id, p.text_lost) for p in problems] == [("1", False)]


@pytest.mark.parametrize(
    "reply", [(200, b"<PubmedArticleSet/>"), (400, b"ID list is empty! Possibly it has no correct IDs.")]
)
def test_a_list_of_unknown_pmids_is_only_reported(server: Server, time: FakeTime, reply: tuple[int, bytes]) -> None:
    server.replies.append((reply[0], {}, reply[1]))
    documents, problems = fetch(server, time, "1", "2")

    assert documents == []
    assert [p.document_id for p in problems] == ["1", "2"]


@pytest.mark.parametrize(
    ("replies", "waits"),
    [
        ([(429, {}, b""), (500, {}, b""), (503, {}, b"")], [1.0, 2.0, 4.0]),
        ([(429, {"Retry-After": "7"}, b"")], [7.0]),
        ([(503, {"Retry-After": "3600"}, b"")], [60.0]),
        ([(503, {"Retry-After": formatdate(0, usegmt=True)}, b"")], [0.0, 0.333]),
        ([(503, {"Retry-After": "soon"}, b"")], [1.0]),
        ([(200, {}, b"<!DOCTYPE html>\n<html>Under maintenance</html>")], [1.0]),
        ([(200, {"Content-Length": "99"}, b"<half")], [1.0]),
    ],
)
def test_passing_failures_are_tried_again_after_a_while(
    server: Server, time: FakeTime, replies: list[tuple[int, dict[str, str], bytes]], waits: list[float]
) -> None:
    server.replies.extend(replies)
    documents, problems = fetch(server, time, "1")

    assert [d.id for d in documents] == ["1"]
    assert time.slept == waits
    assert problems == []


def test_a_server_that_goes_on_failing_is_given_up_after_the_batches_before(server: Server, time: FakeTime) -> None:
    pmids = [str(n) for n in range(1, 202)]
    documents = fetch_pubmed(pmids, pytest.fail, base_url=server.url, pace=time.pace())
    assert next(documents).id == "1"
    server.replies.extend([(503, {}, b"")] * 5)
    with pytest.raises(
        PubMedUnavailable, match=r"cannot be reached at .*efetch.fcgi \(status 503; 5 tries\); check the"
    ):
        list(documents)
    assert len(server.requests) == 6


def test_without_a_network_there_are_clear_words_and_no_long_wait(time: FakeTime) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as closed:
        url = f"http://127.0.0.1:{closed.server_port}"
    with pytest.raises(
        PubMedUnavailable, match=r"cannot be reached at .*; 2 tries\).* Without a network, import files"
    ):
        list(fetch_pubmed(["1"], pytest.fail, base_url=url, pace=time.pace()))
    assert sum(time.slept) <= 2


def test_a_refusal_is_not_tried_again(server: Server, time: FakeTime) -> None:
    server.replies.append((400, {}, b'{"error":"API key invalid","api-key":"..."}'))
    with pytest.raises(
        BadInput, match=r"PubMed refuses the request \(status 400: .*API key invalid.*check the API key"
    ):
        fetch(server, time, "1", key="wrong")
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"<PubmedArticleSet>", "is no XML that can be read"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', "is no XML that can be read"),
        (
            b"<eFetchResult><ERROR>Cannot process ID list</ERROR></eFetchResult>",
            r"with an error \(Cannot process ID list\)",
        ),
    ],
)
def test_answers_that_make_no_sense_are_told(server: Server, time: FakeTime, body: bytes, message: str) -> None:
    server.replies.append((200, {}, body))
    with pytest.raises(PubMedUnavailable, match=message):
        fetch(server, time, "1")


def test_an_answer_without_end_is_cut_off(server: Server, time: FakeTime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pubmed, "MAX_REPLY_BYTES", 100_000)
    server.replies.append((200, {"Content-Encoding": "gzip"}, gzip.compress(b" " * 10_000_000)))
    with pytest.raises(PubMedUnavailable, match="answered with more than 0 MiB to one request"):
        fetch(server, time, "1")


@pytest.mark.parametrize("pmid", ["", "x", "1 2", "-1", "1&db=gene"])
def test_a_list_with_something_else_in_it_is_bad_input(time: FakeTime, pmid: str) -> None:
    with pytest.raises(BadInput, match="is no PMID, which is a whole number"):
        list(fetch_pubmed([pmid], pytest.fail, base_url="http://127.0.0.1:9", pace=time.pace()))


@pytest.mark.parametrize("url", ["ftp://lab.example", "no address"])
def test_a_wrong_setting_is_told(time: FakeTime, url: str) -> None:
    with pytest.raises(BadInput, match=r"is no address of the E-utilities .*; check the setting"):
        list(fetch_pubmed(["1"], pytest.fail, base_url=url, pace=time.pace()))
