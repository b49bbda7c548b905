"""Logits, allowed tags and a teacher's opinion enter `guided_loss`; what the loss asks for is checked here."""

from __future__ import annotations

import math

import pytest
import torch

from trainer.ner import guided_loss, marginal_loss

O, B_OLD, I_OLD, B_NEW, I_NEW = range(5)  # noqa: E741


def rows(*values: list[float]) -> torch.Tensor:
    return torch.tensor([list(values)], dtype=torch.float32)


def allowed(*tags: int) -> list[bool]:
    return [tag in tags for tag in range(5)]


def loss(logits: torch.Tensor, options: list[bool], teacher: list[float]) -> float:
    return guided_loss(logits, torch.tensor([[options]]), rows(teacher)).item()


LOGITS = rows([2.0, 1.0, 0.0, 0.5, -1.0])
SHARES = torch.softmax(LOGITS[0, 0], dim=-1)


def test_a_known_tag_asks_for_nothing_else() -> None:
    found = loss(LOGITS, allowed(B_OLD), [0.9, 0.05, 0.05, 0.0, 0.0])
    assert found == pytest.approx(-math.log(SHARES[B_OLD]), abs=1e-5)


def test_an_open_place_is_what_the_teacher_thinks_with_new_tags_in_its_outside() -> None:
    found = loss(LOGITS, [True] * 5, [0.7, 0.2, 0.1, 0.0, 0.0])
    outside = SHARES[O] + SHARES[B_NEW] + SHARES[I_NEW]
    expected = -(0.7 * torch.log(outside) + 0.2 * torch.log(SHARES[B_OLD]) + 0.1 * torch.log(SHARES[I_OLD]))
    assert found == pytest.approx(expected.item(), abs=1e-5)


def test_a_rejected_tag_is_taken_out_of_the_teachers_mouth() -> None:
    found = loss(LOGITS, allowed(O, I_OLD), [0.3, 0.6, 0.1, 0.0, 0.0])
    expected = -(0.75 * torch.log(SHARES[O]) + 0.25 * torch.log(SHARES[I_OLD]))
    assert found == pytest.approx(expected.item(), abs=1e-5)


def test_a_teacher_that_believes_in_nothing_allowed_is_not_asked() -> None:
    options = allowed(I_OLD, B_NEW)
    teacher = rows([0.9999, 0.0001, 0.0, 0.0, 0.0])
    found = guided_loss(LOGITS, torch.tensor([[options]]), teacher)
    assert found.item() == pytest.approx(marginal_loss(LOGITS, torch.tensor([[options]])).item(), abs=1e-5)


def test_a_perfect_student_has_the_least_loss_and_no_gradient() -> None:
    teacher = [0.7, 0.2, 0.1, 0.0, 0.0]
    logits = torch.log(rows([0.5, 0.2, 0.1, 0.15, 0.05])).requires_grad_()
    guided_loss(logits, torch.tensor([[[True] * 5]]), rows(teacher)).backward()
    assert logits.grad is not None
    assert logits.grad.abs().max().item() < 1e-6


def test_gradients_are_finite_where_tags_are_closed_and_places_are_empty() -> None:
    logits = torch.randn((2, 3, 5), generator=torch.Generator().manual_seed(1)).requires_grad_()
    options = torch.tensor([[allowed(O), [True] * 5, allowed()], [allowed(O, B_NEW), allowed(B_NEW), allowed()]])
    teacher = torch.tensor([[[1.0, 0, 0, 0, 0], [0.2, 0.8, 0, 0, 0], [0.0] * 5]] * 2)
    guided_loss(logits, options, teacher).backward()
    assert logits.grad is not None
    assert torch.isfinite(logits.grad).all()
    assert logits.grad[:, 2].abs().sum().item() == 0.0


def test_no_place_at_all_costs_nothing() -> None:
    logits = torch.zeros((1, 2, 5), requires_grad=True)
    assert guided_loss(logits, torch.zeros((1, 2, 5), dtype=torch.bool), torch.zeros((1, 2, 5))).item() == 0.0
