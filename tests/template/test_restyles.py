"""template.yaml: what restyles need, and that a stack without their subnets has none of it."""

import json
import re

from limner.restyles.restyle import ChunkKey, RestyleKey, chunk_key, failure_key
from limner.restyles.settings import BulkSettings
from tests import makers
from tests.template.test_template import MALLOC, attribute
from tests.template_reader import environment, properties, resources, statements, template

KEY = RestyleKey(makers.TENANT, "e" * 32)
OF_RESTYLES = re.compile(r"(Bulk|Restyle)\w*")


def definition():
    text = properties("RestyleMachine")["DefinitionString"]["Fn::Sub"]
    return json.loads(text.replace("${RestyleConcurrency}", "20"))


def test_nothing_is_deployed_without_the_subnets_of_the_workers():
    named = {name: each for name, each in resources().items() if OF_RESTYLES.fullmatch(name)}
    assert len(named) > 12
    assert {each.get("Condition") for each in named.values()} == {"HasBulk"}
    elsewhere = [name for name, each in resources().items() if each.get("Condition") == "HasBulk"]
    assert set(elsewhere) == set(named)
    assert template()["Parameters"]["BulkSubnets"]["Default"] == ""


def test_the_map_reads_chunks_and_runs_a_child_execution_for_each():
    chunks = definition()["States"]["Chunks"]
    assert chunks["ItemProcessor"]["ProcessorConfig"] == {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    assert chunks["ItemReader"]["Resource"].endswith(":states:::s3:listObjectsV2")
    assert chunks["ItemReader"]["Parameters"]["Prefix.$"] == "$.chunks"
    assert chunks["ItemSelector"] == {"chunk.$": "$$.Map.Item.Value.Key"}
    assert chunks["ResultWriter"], "the results of many chunks are no state's output"
    assert 0 < chunks["ToleratedFailurePercentage"] <= 10
    assert 0 < chunks["ToleratedFailureCount"] <= 20, "the endpoint gets the photos of those that fail"


def test_a_chunk_is_ordered_and_then_worked_for_if_there_is_something_to_do():
    states = definition()["States"]["Chunks"]["ItemProcessor"]["States"]
    assert states["Order"]["Next"] == "AreTicketsLeft"
    (choice,) = states["AreTicketsLeft"]["Choices"]
    assert (choice["Variable"], choice["NumericGreaterThan"], choice["Next"]) == ("$.photos", 0, "Work")
    assert states["Work"]["Resource"].endswith(":batch:submitJob.sync")
    assert states["Work"]["Parameters"]["ContainerOverrides"] == {
        "Command.$": "States.Array('bulk', $.tickets)"
    }


def test_the_workers_have_the_settings_of_the_container_and_the_recorders_queue():
    job = properties("BulkJob")["ContainerProperties"]
    declared = {each["Name"]: each["Value"] for each in job["Environment"]}
    required = {name.upper() for name, field in BulkSettings.model_fields.items() if field.is_required()}
    assert set(declared) == required | MALLOC | {"AWS_DEFAULT_REGION"}
    of_endpoint = properties("StylizerModel")["PrimaryContainer"]["Environment"]
    assert {name: declared[name] for name in of_endpoint} == of_endpoint
    assert job["Image"] == properties("StylizerModel")["PrimaryContainer"]["Image"]


def test_the_workers_are_spot_instances_from_none_on():
    resources_ = properties("BulkEnvironment")["ComputeResources"]
    assert (resources_["Type"], resources_["MinvCpus"]) == ("SPOT", 0)
    assert resources_["MaxvCpus"] == {"Ref": "BulkMaxVcpus"}


def test_the_function_reaches_no_photo_but_in_a_tenants_session():
    text = json.dumps([statement["Resource"] for statement in statements("RestylesFunction")])
    assert "PhotosTable" not in text
    assert "UploadsBucket" not in text
    assert environment("RestylesFunction")["TENANT_ROLE"] == {"Fn::GetAtt": ["TenantRole", "Arn"]}


def test_the_workers_send_to_the_recorders_queue_alone_and_reach_no_row_of_a_photo():
    sending = [s for s in statements("BulkRole") if "sqs:" in json.dumps(s["Action"])]
    assert [(s["Action"], attribute(s["Resource"])) for s in sending] == [("sqs:SendMessage", "DoneQueue")]
    assert "PhotosTable" not in json.dumps(statements("BulkRole"))
    (denied,) = [s for s in statements("BulkRole") if s["Effect"] == "Deny"]
    assert all(resource["Fn::Sub"].endswith("test_*") for resource in denied["Resource"])


def test_roles_may_write_what_their_code_writes():
    """By the keys that the code makes: `*` of a policy stands for any text."""
    chunk = ChunkKey(KEY, "000000")
    for owner, keys in (
        ("RestylesFunction", [chunk.tickets, chunk.done]),
        ("BulkRole", [chunk.done, failure_key(makers.JOB_ID)]),
        ("RestyleMachineRole", [f"{KEY.prefix}executions/run/manifest.json"]),
    ):
        for key in keys:
            assert _may(owner, "s3:PutObject", key), (owner, key)
    assert _may("RestylesFunction", "s3:GetObject", chunk.photos)
    assert _may("BulkRole", "s3:GetObject", chunk.tickets)
    assert chunk_key(chunk.photos) == chunk


def _may(owner, action, key):
    named = [
        resource["Fn::Sub"].partition("/")[2]
        for statement in statements(owner)
        if statement["Effect"] == "Allow" and action in statement["Action"] and "Condition" not in statement
        for resource in (
            statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
        )
        if "Fn::Sub" in resource
    ]
    return any(re.fullmatch(re.escape(each).replace(r"\*", ".*"), key) for each in named)
