"""The menu as values."""

from __future__ import annotations

from agent.tray.menu import (
    SEPARATOR,
    Act,
    Line,
    Menu,
    as_text,
    menu_of,
    short,
    title_of,
    without_progress,
)
from agent.words import tray as words
from tests.tray.told import progress, recent, snapshot


def entries(menu: Menu) -> dict[str, Line]:
    """Every entry by its key, of submenus too."""
    found = {}
    for line in menu:
        found[line.key] = line
        found.update(entries(line.lines))
    return found


def test_filed_says_so_and_offers_everything() -> None:
    found = entries(menu_of(snapshot()))
    assert found["sentence"].text == "All 1,284 documents are filed."
    acts = {line.act for line in found.values() if line.act is not None}
    assert acts == {
        Act("status"),
        Act("folder", "/srv/clients"),
        Act("folder", "/srv/clients/Berg"),
        Act("pause", "3600"),
        Act("pause", "tomorrow"),
        Act("pause"),
        Act("scan"),
        Act("retry"),
        Act("sign-in"),
        Act("home"),
        Act("about", "0.1.0"),
        Act("quit"),
    }
    assert "needs" not in found
    assert "progress" not in found


def test_exactly_one_entry_is_the_default() -> None:
    found = entries(menu_of(snapshot(needs=3)))
    assert [line.key for line in found.values() if line.default] == ["status"]


def test_needs_you_counts_and_leads_to_its_part_of_the_page() -> None:
    line = entries(menu_of(snapshot(needs=1_203)))["needs"]
    assert line.text == "Needs you (1,203)..."
    assert line.act == Act("status", "needs")


def test_paused_offers_to_resume_and_nothing_else() -> None:
    found = entries(menu_of(snapshot(paused=True, paused_until="2026-11-25T06:00:00+00:00")))
    assert found["resume"].text.startswith("Resume (paused until 2026-11-25 ")
    assert found["resume"].act == Act("resume")
    assert not {"pause", "pause-hour"} & set(found)


def test_paused_without_an_end_names_none() -> None:
    assert entries(menu_of(snapshot(paused=True)))["resume"].text == "Resume"


def test_no_agent_offers_only_what_needs_none() -> None:
    found = entries(menu_of(None))
    assert {line.act for line in found.values()} == {None, Act("about"), Act("quit")}
    assert found["sentence"].text == "No agent is running."


def test_an_agent_that_cannot_be_looked_at_starts_no_second_one() -> None:
    menu = menu_of(None, "Too many listen.")
    assert [line.text for line in menu[:2]] == ["Too many listen.", words.CANNOT_LOOK]
    assert words.START_IT not in as_text(menu)
    assert title_of(None, "Too many listen.") == "Filed Agent: Too many listen."


def test_another_account_s_agent_is_not_signed_in_here() -> None:
    assert "sign-in" in entries(menu_of(snapshot()))
    assert "sign-in" not in entries(menu_of(snapshot(), own=False))


def test_progress_is_told_and_does_not_count_as_a_change() -> None:
    one = menu_of(snapshot(progress=progress(3, 10, "3 documents on the way")))
    other = menu_of(snapshot(progress=progress(2, 9, "2 documents on the way")))
    assert entries(one)["progress"].text == "3 documents on the way"
    assert one != other
    assert without_progress(one) == without_progress(other)


def test_the_same_answer_gives_an_equal_menu_however_late() -> None:
    later = snapshot(at="2026-11-22T10:00:01+00:00")
    assert menu_of(snapshot()) == menu_of(later)


def test_a_document_whose_folder_is_unknown_cannot_be_clicked() -> None:
    found = entries(menu_of(snapshot(recent=[recent(9, "a.pdf", None)])))
    assert found["document-9"].act is None


def test_nothing_recent_and_no_folder_still_make_submenus() -> None:
    found = entries(menu_of(snapshot(recent=[], roots=[])))
    assert [line.text for line in found["recent"].lines] == ["None yet"]
    assert [line.act for line in found["folders"].lines] == [None]


def test_long_and_disguised_names_stay_short_and_visible() -> None:
    found = entries(menu_of(snapshot(recent=[recent(1, "a‮fdp.exe\n" + "x" * 300)])))
    text = found["document-1"].text
    assert text.isprintable()
    assert "\\u202e" in text
    assert len(text) < 90


def test_short_keeps_both_ends() -> None:
    assert short("abc", 3) == "abc"
    assert short("/srv/clients/" + "x" * 100 + "/end", 20).endswith("xx/end")
    assert len(short("x" * 500, 127)) == 127


def test_title_fits_what_windows_takes() -> None:
    told = snapshot(sentence="s" * 200, progress=progress(1, 1, "p" * 100))
    assert len(title_of(told)) == 127
    assert title_of(None) == "Filed Agent: No agent is running."


def test_diagnostics_say_what_limits_the_agent() -> None:
    agent = {**snapshot()["agent"], "limits": ["Too few watches."], "config_problems": ["No key."]}
    agent["trouble"] = {"title": "Filed is away", "said": "", "advice": ""}
    told = [line.text for line in entries(menu_of(snapshot(agent=agent)))["diagnostics"].lines]
    assert told[0] == "Filed Agent 0.1.0"
    assert told[1].endswith(", process 4711")
    assert told[2:] == ["Filed is away", "Too few watches.", "No key.", "Open the agent's folder"]


def test_as_text_shows_submenus_indented() -> None:
    lines = as_text(menu_of(snapshot())).splitlines()
    assert "    For 1 hour" in lines
    assert as_text((SEPARATOR,)) == "-" * 12
