"""doctor/faults.py: every fault is told whole, and every code that is used is there."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from accounts.doctor.faults import FAULTS

ROOM = Path(settings.BASE_DIR) / "accounts" / "doctor"
USED = re.compile(r'(?:Failed\(|fault\(|remark\(|return |else |= )"([a-z0-9]+_[a-z0-9_]+)"')


@pytest.mark.parametrize("code", FAULTS)
def test_fault_says_what_why_and_how_it_is_put_right(code):
    for text in FAULTS[code]:
        assert text[0].isupper() and text.rstrip().endswith((".", ")"))


def test_codes_that_steps_use_are_explained_and_no_other_is():
    text = "\n".join(path.read_text() for path in ROOM.rglob("*.py") if path.stem != "faults")
    assert [code for code in USED.findall(text) if code in FAULTS or "_" not in code]
    unused = [code for code in FAULTS if f'"{code}"' not in text]
    assert unused == []
