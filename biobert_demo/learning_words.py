"""Nothing enters; what a run does, phase by phase, and the words of the field leave, for somebody who has never seen one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PhaseWords:
    """A phase of a run for people: its heading, and what happens in it for somebody who has never seen one."""

    name: str
    title: str
    words: str


PHASES: tuple[PhaseWords, ...] = (
    PhaseWords(
        "reading",
        "Reading",
        "Your corrections become worked examples: each word of a completed document with its right answer. In documents "
        "that are not complete only the places that you decided on count; about the rest nothing is known. About one "
        "document in five is set aside and never learned from: those are the exam at the end.",
    ),
    PhaseWords(
        "training",
        "Learning",
        "The model reads a few examples, says what each word is, and is told how far off it was: that distance is the "
        "loss. Then each of its millions of numbers, the weights, is nudged so that the loss would have been a little "
        "smaller, and the next examples come. Examples from the model's first education are mixed in (replay), so that "
        "it does not forget what it knew.",
    ),
    PhaseWords(
        "checking",
        "Checking",
        "Few documents are set aside so far, and an exam of few questions is a matter of luck. So further models learn "
        "from one part of the documents each and are examined on the part that they have not seen (cross-fitting): that "
        "way every corrected document is in the exam once.",
    ),
    PhaseWords(
        "comparing",
        "Comparing",
        "The exam: the new model and the one in use read the same texts, which neither has learned from. Your corrections "
        "that were set aside, older texts for every label it knew before, and a few sentences that must not break.",
    ),
    PhaseWords(
        "deciding",
        "Deciding",
        "The gate asks three things. Is the new model better where you corrected? Is it nowhere clearly worse? Does it "
        "still get the sentences right that must not break? To tell a difference from luck, the exam is drawn anew "
        "thousands of times from its own documents (the bootstrap), to see how far the result would have moved.",
    ),
    PhaseWords(
        "saving",
        "Saving",
        "The new weights and everything that was found out about them are written down. Only if the gate said yes do they "
        "take over, in one moment; the old ones are kept, so that you can go back.",
    ),
)

GLOSSARY: tuple[tuple[str, str], ...] = (
    (
        "Loss",
        "How surprised the model was by the right answers, averaged over the last examples; 0 is no surprise at all. It "
        "should fall. It is measured on what is being learned, so a low one alone may mean learning by heart.",
    ),
    (
        "Dev F1",
        "How well the model does on documents that it is not learning from. F1 is 100 where it marks every mention, with "
        "its exact borders and label, and nothing else. Learning is real when this rises; when it falls while the loss "
        "still falls, the model learns by heart.",
    ),
    (
        "Replay",
        "A model that only sees what is new forgets what it knew. So older examples are mixed in with yours, and a copy of "
        "the old model, which does not change, says what it thinks about places that nobody has decided on.",
    ),
    (
        "Gate",
        "No model goes into use because somebody hopes that it is better. The gate compares the two on the same documents, "
        "says yes or no, and gives its reasons.",
    ),
)
