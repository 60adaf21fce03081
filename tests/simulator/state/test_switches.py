"""The switchboard: strict by default, a preset at once, single switches, companies of their own."""

import pytest

from sync.simulator.server import Simulator, SimulatorError
from sync.simulator.state.switches import NUMBERS, TABLE, Switchboard, preset
from tests.simulator.conftest import Api


def test_every_switch_begins_with_its_first_value_and_has_its_kind_one():
    assert Switchboard().as_dict() == preset("strict")
    assert {name: row.values[0] for name, row in TABLE.items()} == {
        name: value for name, value in preset("strict").items() if name not in NUMBERS
    }
    assert all(row.kind in row.values for row in TABLE.values())
    assert [name for name in NUMBERS if preset("kind")[name] != 0] == []


def test_a_preset_and_single_switches_on_top():
    board = Switchboard("kind", over_apply="unapplied")
    assert board.as_dict() == preset("kind") | {"over_apply": "unapplied"}
    board.set(None, "strict")
    assert board.as_dict() == preset("strict")
    for values in ({"preset": "mild"}, {"void_paid": "never"}, {"gravity": "off"}):
        with pytest.raises(ValueError, match=r"is one of|no switch"):
            board.set(None, **values)
    assert not hasattr(board.of(), "gravity")
    assert board.as_dict() == preset("strict")


def test_a_company_may_read_otherwise():
    board = Switchboard()
    board.set("7", order_by_id="allow")
    board.set(None, requestid="ignored")
    assert (board.of("7").order_by_id, board.of("8").order_by_id) == ("allow", "refuse")
    assert (board.of("7").requestid, board.of().requestid) == ("ignored", "ignored")
    again = Switchboard()
    again.restore(board.stored())
    assert (again.as_dict("7"), again.as_dict()) == (board.as_dict("7"), board.as_dict())


def test_what_is_known_no_more_is_left_out_of_a_stored_board():
    board = Switchboard()
    board.restore({"everywhere": {"gravity": "off", "void_paid": "unlink", "over_apply": 1}})
    assert board.as_dict() == preset("strict") | {"void_paid": "unlink"}


def test_handles_set_all_or_one_company_and_a_restart_keeps_it(tmp_path):
    with Simulator(tmp_path / "state.sqlite3", switches={"batch_order": "reversed"}) as simulator:
        realm = simulator.create_company("empty", preset="kind", switches={"void_paid": "refuse"})
        own = preset("kind") | {"void_paid": "refuse"}
        read = f"/_simulator/switches?realm_id={realm}"
        assert simulator._call("GET", read) == own
        everywhere = preset("strict") | {"batch_order": "reversed"}
        assert simulator._call("GET", "/_simulator/switches") == everywhere
        simulator.switch(realm_id=realm, over_apply="unapplied")
        with pytest.raises(SimulatorError):
            simulator.switch(realm_id=realm, preset="mild")
        simulator.stop()
        simulator.start()
        assert simulator._call("GET", read) == own | {"over_apply": "unapplied"}
        assert simulator._call("GET", "/_simulator/switches") == everywhere


def test_a_process_takes_its_switches_from_the_command_line():
    switches = {"order_by_id": "allow", "requestid_seconds": 5}
    with Simulator(subprocess=True, preset="kind", switches=switches) as simulator:
        assert simulator._call("GET", "/_simulator/switches") == preset("kind") | switches
        api = Api(simulator)
        assert api.query("SELECT * FROM Term ORDERBY Id DESC MAXRESULTS 1")["Term"][0]["Id"] == "4"
        api.close()
