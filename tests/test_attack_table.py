"""The table of `make test-attacks` names tests that exist, and every attack on the front."""

from __future__ import annotations

import ast

import pytest
from attack_report import ATTACKS
from conftest import TOP

NAMED = [test for attack in ATTACKS for test in attack.tests]


@pytest.mark.parametrize("test", NAMED)
def test_each_test_exists(test: str) -> None:
    """A renamed test must be renamed in the table."""
    path, _, function = test.partition("::")
    tree = ast.parse((TOP / path).read_text())
    names = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    assert not function or function in names


def test_no_test_is_listed_twice() -> None:
    """A test that is listed twice would make the count wrong."""
    assert len(NAMED) == len(set(NAMED))


def test_every_item_of_the_review_is_listed() -> None:
    """High, medium and low items by number, and those for information."""
    items = [
        *("H1", "Info"),
        *(f"M{number}" for number in range(1, 7)),
        *(f"L{number}" for number in range(1, 18)),
    ]
    assert {item for attack in ATTACKS for item in attack.items.split()} == set(items)
