"""Text stays text on a code host."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.report.markdown import code_block, escaped


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("plain words, 12.5 (x) 50 % - ok", "plain words, 12.5 (x) 50 % - ok"),
        ("a|b", "a\\|b"),
        ("<b>&amp;", "&lt;b>&amp;amp;"),
        ("R&D", "R&D"),
        ("`x` *y* _z_ ~~q~~ [l](u)", "\\`x\\` \\*y\\* \\_z\\_ \\~\\~q\\~\\~ \\[l\\](u)"),
        ("snake_case_id", "snake_case_id"),
        ("$100 of $200", "$100 of $200"),
        ("$x_1$", "\\$x_1\\$"),
        ("# heading", "\\# heading"),
        ("- item", "\\- item"),
        ("1. item", "1\\. item"),
        ("1.5 GiB", "1.5 GiB"),
        ("> quote", "\\> quote"),
        ("=1+1", "=1+1"),
        ("---", "\\---"),
        ("a\nb", "a b"),
        ("back\\slash", "back\\\\slash"),
    ],
)
def test_escaped(text: str, written: str) -> None:
    assert escaped(text) == written


@settings(max_examples=200)
@given(st.text(alphabet="ab|`*_[]<>&#-+=.$~\\ \n1!();", max_size=30))
def test_escaping_leaves_no_open_markup_and_loses_nothing(text: str) -> None:
    written = escaped(text)
    bare = re.sub(r"\\[!-/:-@\[-`{-~]", "", written)
    assert not re.search(r"[|`*\[\]~<]", bare)
    assert "\n" not in written
    assert set(re.findall(r"&#?\w+;", written)) <= {"&lt;", "&amp;"}
    read = re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", written).replace("&lt;", "<").replace("&amp;", "&")
    assert read == re.sub(r"\s+", " ", text).strip(" ")


def test_a_code_block_cannot_be_left() -> None:
    assert code_block("a\n```\n</pre>") == "    a\n    ```\n    </pre>"
