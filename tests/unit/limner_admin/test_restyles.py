"""Manifests as spreadsheets store them."""

import pytest

from limner_admin import restyles, stack
from tests import makers


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_manifest_is_read_with_and_without_a_byte_order_mark(monkeypatch, tmp_path, encoding):
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setattr(stack, "physical_id", lambda name, resource: "uploads")
    manifest = tmp_path / "photos.csv"
    manifest.write_text(f'"photo_id","title"\n{makers.PHOTO_ID},Kännchen\n', encoding=encoding)
    with restyles._ids(makers.TENANT, str(manifest), "limner") as (reader, ids):
        assert list(ids) == [makers.PHOTO_ID]
    assert (reader.rows, reader.others) == (1, 0)
