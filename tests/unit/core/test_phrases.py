"""What a simulated user can say so that a recogniser or fact hears it, also through others."""

from cove_dsl.pipeline import Compiler

SPEC = """
domain ears "A desk that listens"
tool hand_over(summary: text) -> text "Hands over." { return "Done" }
enum Why { broken, late }

recogniser supposes(s: text) -> bool version 1 { when matches(s, "if") then true  otherwise false }
recogniser is_late(m: message) -> bool version 1 {
  when matches(m, {"[far] too (late|slow)", "still ... waiting"}) then true
}
recogniser broke(m: message) -> bool version 1 {
  when some (sentences(m) where matches(it, "(broke|broken)") and not supposes(it)) then true
  when mentions(m, "smashed") and mentions(m, "box")                                then true
  when no (sentences(m) where matches(it, "fine"))                                  then false
}
fact why: Why "why" from user version 1 {
  when broke(it) or mentions(it, "in pieces")  then broken
  when is_late(it)                             then late
}
"""


def test_phrases_come_through_other_recognisers():
    spec = Compiler().compile([("ears.cove", SPEC.encode())], {}).spec
    assert spec is not None
    assert {v: p for p, v in spec.defines["stated.why"].phrases} == {
        "broken": ("in pieces", "broke"),
        "late": ("too late", "still waiting"),
    }
    assert spec.defines["broke"].phrases[0] == (("broke",), True)
    assert spec.defines["broke"].phrases[2] == ((), False)
