"""The simulation of the chain: its parts on loads whose outcome can be computed by hand."""

import json
import random
from dataclasses import fields, replace
from xml.etree import ElementTree

import pytest
import simpy
import typer
from typer.testing import CliRunner

from benchmarks.service.simulation import __main__ as command
from benchmarks.service.simulation import chain as chain_module
from benchmarks.service.simulation.charts import write_chart
from benchmarks.service.simulation.figures import Figures, described, figures
from benchmarks.service.simulation.local_check import Stages, predict
from benchmarks.service.simulation.plan import Plan, StackParameters
from benchmarks.service.simulation.run import run
from benchmarks.service.simulation.scenarios import bursts, scenarios
from benchmarks.service.simulation.workers import Photo, Workers
from tests.template_reader import properties, template

TIMES = replace(
    figures(),
    engine_share=0.5,
    upload_event_seconds=1.0,
    route_seconds=0.5,
    variants_seconds=2.0,
    record_seconds=0.25,
    notification_seconds=0.25,
    instance_start_seconds=300.0,
    lost_events_share=0.0,
)
UP = StackParameters(ticket_seconds=4.0, max_instances=1, min_instances=1)
ALONE_SECONDS = 1.0 + 0.5 + 4.0 + 0.25 + 0.25


def burst(photos: int, stack: StackParameters = UP, times: Figures = TIMES, **changes) -> Plan:
    times = replace(times, burst_photos=photos)
    given = {"initial_instances": stack.min_instances, "hours": 1.0, "first_burst": True} | changes
    return Plan("a burst", stack, times, lambda _: 0.0, **given)


def test_workers_take_batches_and_at_most_so_many_at_once():
    env, done = simpy.Environment(), []
    workers = Workers(env, concurrency=2, batch=3, seconds=1.0, done=lambda _: done.append(env.now))
    for _ in range(8):  # the first two find both workers free, and the other six wait
        workers.put(Photo(0, 0.0))
    assert len(workers) == 6
    env.run()
    assert done == [1.0, 1.0, 4.0, 4.0, 4.0, 4.0, 4.0, 4.0]


def test_a_photo_alone_takes_the_sum_of_its_stages():
    outcome = run(burst(1))
    assert list(outcome.ready_seconds) == [ALONE_SECONDS]
    assert (outcome.uploaded, outcome.failed, outcome.unfinished) == (1, 0, 0)


def test_a_photo_ends_once_also_if_its_variants_come_while_its_report_waits_to_be_recorded():
    outcome = run(burst(1, times=replace(TIMES, variants_seconds=4.1)))
    assert list(outcome.ready_seconds) == [ALONE_SECONDS]


def test_an_instance_is_limited_by_its_engine():
    """Half of a ticket's four seconds are the engine's: a hundred photos take two seconds each."""
    stack = replace(UP, jobs_of_a_tenant=1_000, target_backlog=1_000.0)
    outcome = run(burst(100, stack, replace(TIMES, burst_uploads_per_second=1_000.0)))
    assert max(outcome.ready_seconds) == pytest.approx(100 * 2.0, rel=0.03)


def test_a_tenant_has_no_more_jobs_in_flight_than_its_quota(monkeypatch):
    most = 0
    submit = chain_module.Chain._submit

    def counted(self, photo):
        nonlocal most
        submit(self, photo)
        most = max(most, self._lines[photo.tenant].jobs)

    monkeypatch.setattr(chain_module.Chain, "_submit", counted)
    outcome = run(burst(60, replace(UP, jobs_of_a_tenant=3)))
    assert most == 3
    assert (len(outcome.ready_seconds), outcome.greatest("waiting_in_lines") > 0) == (60, True)


def test_a_sleeping_endpoint_wakes_for_the_first_photo():
    outcome = run(burst(1, replace(UP, min_instances=0)))
    assert ALONE_SECONDS + 300.0 <= outcome.ready_seconds[0] <= ALONE_SECONDS + 300.0 + 60.0


def test_more_accepted_wait_orders_fewer_instances_and_less_money():
    few, many = (
        run(replace(plan, figures=replace(plan.figures, burst_photos=200)))
        for plan in (bursts(figures(), 1.6)[-1], bursts(figures(), 1.6)[0])
    )
    assert (many.most_instances, few.most_instances) == (10, 1)
    assert few.paid_instance_hours < many.paid_instance_hours / 3


def test_instances_of_shop_hours_are_there_before_the_first_photo():
    stack = replace(UP, min_instances=0, open_min_instances=3, open_hours=(8, 18), max_instances=5)
    plan = burst(1, stack, begin_hour=7.0, hours=2.0, first_burst=False)
    singles = replace(plan.figures, burst_share=0.0)
    rate = lambda seconds: 0.01 if seconds > 8.5 * 3600 else 0.0  # noqa: E731
    outcome = run(replace(plan, rate=rate, figures=singles))
    assert outcome.most_instances == 3
    assert max(outcome.ready_seconds) < ALONE_SECONDS + 1.0


def test_a_photo_whose_invocations_all_fail_is_failed_after_the_attempts():
    outcome = run(burst(5, failing_share=lambda _: 1.0))
    assert (outcome.failed, outcome.retried, len(outcome.ready_seconds)) == (5, 15, 0)


def test_lost_events_are_found_by_the_sweeper_after_the_deadline():
    outcome = run(burst(10, times=replace(TIMES, lost_events_share=1.0)))
    assert outcome.lost == len(outcome.ready_seconds) == 10
    assert min(outcome.ready_seconds) > UP.deadline_seconds


def test_every_photo_is_ready_failed_or_open():
    plan = replace(
        scenarios(figures(), 1.6, scale=0.002)[3], failing_share=lambda _: 0.3, drain_hours=0.1, hours=1.0
    )
    outcome = run(plan)
    assert outcome.failed > 0
    assert outcome.uploaded == len(outcome.ready_seconds) + outcome.failed + outcome.unfinished


def test_a_seed_gives_the_same_run_and_another_seed_another_one():
    plan = replace(scenarios(figures(), 1.6, scale=0.001)[2], hours=2.0, begin_hour=10.0)
    first, again, other = (run(replace(plan, seed=seed)).figures(1.0) for seed in (1, 1, 2))
    assert first == again != other


def test_photos_come_as_often_as_the_daily_rhythm_says():
    plan = scenarios(figures(), 1.6, scale=0.02)[2]
    outcome = run(plan)
    assert outcome.uploaded == pytest.approx(20_000, rel=0.1)


def test_every_constant_has_a_unit_and_a_source():
    assert set(described()) == {field.name for field in fields(Figures)}
    for name, entry in described().items():
        assert entry["unit"], name
        assert entry["source"], name


def test_the_defaults_are_those_of_the_template():
    declared = template()["Parameters"]
    stack = StackParameters(1.0)
    assert {
        "RouterConcurrency": stack.router_concurrency,
        "ThumbnailerConcurrency": stack.thumbnailer_concurrency,
        "RecorderConcurrency": stack.recorder_concurrency,
        "SweeperConcurrency": stack.sweeper_concurrency,
        "DeadlineSeconds": stack.deadline_seconds,
        "Attempts": stack.attempts,
        "StylizerMinInstances": stack.min_instances,
        "StylizerTargetBacklog": stack.target_backlog,
    } == {
        name: declared[name]["Default"]
        for name in (
            "RouterConcurrency",
            "ThumbnailerConcurrency",
            "RecorderConcurrency",
            "SweeperConcurrency",
            "DeadlineSeconds",
            "Attempts",
            "StylizerMinInstances",
            "StylizerTargetBacklog",
        )
    }
    client = properties("StylizerEndpointConfig")["AsyncInferenceConfig"]["ClientConfig"]
    assert figures().tickets_at_once == client["MaxConcurrentInvocationsPerInstance"]


def test_the_local_burst_is_predicted_from_the_seconds_of_single_photos():
    outcome = predict(
        40, Stages(event=0.1, route=0.1, ticket=1.2, record=0.1, before_engine=0.1, engine=1.0), figures()
    )
    assert len(outcome.ready_seconds) == 40
    assert max(outcome.ready_seconds) >= 40 * 1.0 - 40 / figures().burst_uploads_per_second


def test_a_chart_is_an_svg_with_a_line_for_each_row(tmp_path):
    write_chart(run(burst(20)), tmp_path / "chart.svg")
    root = ElementTree.parse(tmp_path / "chart.svg").getroot()
    lines = root.findall(".//{http://www.w3.org/2000/svg}polyline")
    assert len(lines) == 4


def test_the_command_writes_every_scenario_with_its_constants(tmp_path):
    out = tmp_path / "simulation.json"
    result = CliRunner().invoke(
        command_app(), ["--scale", "0.0005", "--out", str(out), "--charts", str(tmp_path)]
    )
    assert result.exit_code == 0, result.output
    written = json.loads(out.read_text())
    assert len(written["scenarios"]) == len(scenarios(figures(), 1.6))
    assert all(row["unfinished"] == 0 for row in written["scenarios"])
    assert written["constants"]["photo_looks"]["value"] == 3
    assert len(list(tmp_path.glob("*.svg"))) == len(written["scenarios"])


def command_app():
    app = typer.Typer()
    app.command()(command.main)
    return app


def test_random_numbers_come_from_the_plan_alone():
    random.seed(1)
    first = run(burst(3)).figures(1.0)
    random.seed(2)
    assert run(burst(3)).figures(1.0) == first
