"""Reading files: every mistake named with its line, the user's files laid over by id."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest
from facts_day import TODAY
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner.catalog.load import load_catalog
from planner.catalog.locate import data_folder, problems_folder
from planner.catalog.readers.context import USER_SOURCE
from planner.catalog.readers.traffic import lognormal_means
from planner.catalog.specs import Basis, Catalog
from planner.errors import CatalogError

OFFER_HEADER = "provider,region,instance_type,gpu,gpus,on_demand_usd_per_hour"


def own_offers(folder: Path, *lines: str, header: str = OFFER_HEADER) -> Catalog:
    path = folder / "my-offers.csv"
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return load_catalog(overlays={"offers": path}, as_of=TODAY)


def mistakes(folder: Path, *lines: str, header: str = OFFER_HEADER) -> str:
    with pytest.raises(CatalogError) as caught:
        own_offers(folder, *lines, header=header)
    return str(caught.value)


def test_a_users_offer_needs_six_columns(tmp_path: Path, shipped: Catalog) -> None:
    catalog = own_offers(tmp_path, "acme,us-east-1,big,H100,8,20", "acme,eu,small,rtx 4090,1,0.5")
    big, small = catalog.offers["acme/us-east-1/big"], catalog.offers["acme/eu/small"]
    assert (big.gpu, small.gpu) == ("H100-SXM", "RTX-4090"), "names people use become ids"
    assert (big.geography, small.geography) == ("us", "eu"), "known regions are placed"
    assert big.on_demand_provenance.source == USER_SOURCE and big.on_demand_provenance.basis is Basis.LISTED
    assert big.on_demand_provenance.as_of == TODAY
    assert len(catalog.offers) == len(shipped.offers) + 2


def test_a_users_spot_price_and_source_are_kept(tmp_path: Path) -> None:
    header = f"{OFFER_HEADER},spot_usd_per_hour,source,as_of,basis,note,compliance"
    line = "acme,us,big,H100-SXM,8,20,9.5,quote 4711,2026-11-02,listed,by mail,hipaa soc2"
    catalog = own_offers(tmp_path, line, header=header)
    offer = catalog.offers["acme/us/big"]
    assert offer.spot_usd_per_hour == 9.5 and offer.compliance == ("hipaa", "soc2")
    assert offer.spot_provenance == offer.on_demand_provenance
    assert offer.on_demand_provenance.source == "quote 4711" and offer.on_demand_provenance.as_of
    assert catalog.sources["quote 4711"].reference.endswith("my-offers.csv")


def test_a_users_offer_replaces_the_shipped_one(tmp_path: Path, shipped: Catalog) -> None:
    catalog = own_offers(tmp_path, "aws,us-east-1,p5.48xlarge,H100-SXM,8,30")
    assert catalog.offers["aws/us-east-1/p5.48xlarge"].on_demand_usd_per_hour == 30
    assert catalog.offers["aws/us-east-1/p5.48xlarge"].spot_usd_per_hour is None
    assert catalog.offers.keys() == shipped.offers.keys()


def test_replace_offers_leaves_only_the_users(tmp_path: Path) -> None:
    path = tmp_path / "my.csv"
    path.write_text(f"{OFFER_HEADER}\nacme,us,big,H100,8,20\n")
    catalog = load_catalog(overlays={"offers": path}, replace_offers=True, as_of=TODAY)
    assert list(catalog.offers) == ["acme/us/big"]
    with pytest.raises(CatalogError, match=r"name a file under catalog.offers"):
        load_catalog(replace_offers=True, as_of=TODAY)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(
        st.sampled_from(["aws/us-east-1/p5.48xlarge", "aws/us-east-1/p4d.24xlarge", "acme/us/new", "acme/eu/other"]),
        st.floats(min_value=1.0, max_value=400.0),
        min_size=1,
    )
)
def test_an_overlay_replaces_by_id(tmp_path: Path, shipped: Catalog, prices: dict[str, float]) -> None:
    catalog = own_offers(tmp_path, *(f"{key.replace('/', ',')},H100-SXM,8,{price!r}" for key, price in prices.items()))
    assert catalog.offers.keys() == shipped.offers.keys() | prices.keys()
    for key, offer in catalog.offers.items():
        if key in prices:
            assert offer.on_demand_usd_per_hour == prices[key]
        else:
            assert offer is not None and offer == shipped.offers[key]


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("acme,us,big,H100,8,cheap", "my-offers.csv:2: on_demand_usd_per_hour must be a number (got 'cheap')"),
        ("acme,us,big,H100,8,-3", "on_demand_usd_per_hour must be more than zero (got '-3')"),
        ("acme,us,big,H100,8,0", "on_demand_usd_per_hour must be more than zero (got '0')"),
        ("acme,us,big,H100,8,nan", "on_demand_usd_per_hour must be finite"),
        ("acme,us,big,H100,8,inf", "on_demand_usd_per_hour must be finite"),
        ("acme,us,big,H100,0,3", "gpus must be more than zero"),
        ("acme,us,big,H100,1.5,3", "gpus must be a whole number (got '1.5')"),
        ("acme,us,big,H100-SXN,8,3", "unknown GPU 'H100-SXN' — did you mean 'H100-SXM'?"),
        ("acme,us,big,H100,8,", "needs on_demand_usd_per_hour or spot_usd_per_hour"),
        (",us,big,H100,8,3", "provider is missing"),
        ("acme,us,big,H100,8", "wrong number of columns"),
        ("acme,us,big,H100,8,3,9", "wrong number of columns"),
    ],
)
def test_a_wrong_cell_is_named(tmp_path: Path, line: str, complaint: str) -> None:
    assert complaint in mistakes(tmp_path, line)


def test_all_mistakes_come_at_once(tmp_path: Path) -> None:
    text = mistakes(tmp_path, "acme,us,a,H100,8,x", "acme,us,b,H1OO,8,3", "acme,us,c,H100,8,3", "acme,us,c,H100,8,3")
    assert text.startswith("3 mistake(s)")
    assert "my-offers.csv:2" in text and "my-offers.csv:3" in text
    assert "my-offers.csv:5: 'acme/us/c' is there twice, first at my-offers.csv:4" in text


def test_wrong_columns_are_named_with_a_hint(tmp_path: Path) -> None:
    header = OFFER_HEADER.replace("on_demand_usd_per_hour", "ondemand_usd_per_hour")
    text = mistakes(tmp_path, "acme,us,a,H100,8,3", header=header)
    assert "column 'on_demand_usd_per_hour' is missing — did you mean 'ondemand_usd_per_hour'?" in text
    text = mistakes(tmp_path, "acme,us,a,H100,8,3,1", header=f"{OFFER_HEADER},spot_usd_hour")
    assert "unknown column 'spot_usd_hour' — did you mean 'spot_usd_per_hour'?" in text


def test_rows_that_break_a_rule_are_refused(tmp_path: Path) -> None:
    header = f"{OFFER_HEADER},spot_usd_per_hour"
    text = mistakes(tmp_path, "acme,us,a,H100,8,20,21", "acme,us,b,H100,8,4000,", header=header)
    assert "acme/us/a: spot 21.0 above on-demand 20.0 USD/h" in text
    assert "acme/us/b: 500 USD per GPU-hour" in text


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    with pytest.raises(CatalogError, match=r"cannot be read"):
        load_catalog(overlays={"offers": path}, as_of=TODAY)
    path.write_bytes(b"provider,\xff\xfe")
    with pytest.raises(CatalogError, match=r"not UTF-8"):
        load_catalog(overlays={"offers": path}, as_of=TODAY)
    path.write_bytes(b"a" * 10_000_001)
    with pytest.raises(CatalogError, match=r"larger than 10 MB"):
        load_catalog(overlays={"offers": path}, as_of=TODAY)
    path.write_text(OFFER_HEADER + '\nacme,us,"a,H100,8,3\n')
    with pytest.raises(CatalogError, match=r"not valid CSV"):
        load_catalog(overlays={"offers": path}, as_of=TODAY)
    with pytest.raises(CatalogError, match=r"no overlay 'offer'.*did you mean 'offers'"):
        load_catalog(overlays={"offer": path}, as_of=TODAY)


MY_GPU = """
gpus:
- id: Future-1
  name: Future One 1TB
  vendor: Acme
  architecture: Dream
  memory: {gib: 900, basis: listed}
  bandwidth_gb_per_s: 20000
  tflops: {bf16: 5000, fp8: 10000}
  link: {kind: Beam, gb_per_s: 2000, domain_gpus: 16}
  aliases: [F1]
"""
MY_SYSTEM = """
systems:
- {id: box, name: Box, gpu: F1, gpus: 4, link_domain_gpus: 4, power: {max_kw: 5}, price: {usd: 90000}}
"""
MY_MODEL = """
models:
- id: tiny
  hf_repo: acme/Tiny
  licence: none
  max_context: 4096
  layers: 2
  hidden_size: 64
  vocab_size: 1000
  weights: {format: bf16, bits: 16}
  full: {layers: 2, heads: 4, kv_heads: 2, head_dim: 16}
  ffn: {layers: 2, width: 256}
"""


def test_own_gpu_system_model_offer_commitment_and_api_fit_together(tmp_path: Path) -> None:
    files = {
        "gpus": MY_GPU,
        "systems": MY_SYSTEM,
        "models": MY_MODEL,
        "offers": f"{OFFER_HEADER}\nacme,us,f,Future-1,4,30\n",
        "commitments": "provider,gpu,term_months,discount,payment\nacme,F1,12,0.25,none\n",
        "apis": "provider,model,our_model,input_usd_per_million,output_usd_per_million\nacme,tiny-chat,acme/tiny,1,2\n",
    }
    overlays = {}
    for kind, text in files.items():
        overlays[kind] = tmp_path / f"{kind}.txt"
        overlays[kind].write_text(text)
    catalog = load_catalog(overlays=overlays, as_of=TODAY)
    assert catalog.systems["box"].gpu == "Future-1" == catalog.offers["acme/us/f"].gpu
    assert catalog.systems["box"].price_low_usd == catalog.systems["box"].usd == 90000
    assert catalog.commitments["acme/Future-1/*/*/12m/none"].discount == 0.25
    assert catalog.apis["acme/tiny-chat"].our_model == "tiny"
    # embedding and head 2*64000, attention 2*(64*(64+32+32)+64*64), ffn 2*3*64*256, norms 5*64
    assert catalog.models["tiny"].total_parameters == 128000 + 2 * (8192 + 4096) + 98304 + 320


def test_a_time_of_day_is_ignored_in_dates(tmp_path: Path) -> None:
    path = tmp_path / "models.yaml"
    path.write_text(MY_MODEL.replace("licence: none", "licence: none\n  as_of: 2026-11-20T10:00:00"))
    model = load_catalog(overlays={"models": path}, as_of=TODAY).models["tiny"]
    assert model.provenance.as_of == date(2026, 11, 20)


def test_a_wrong_yaml_entry_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "my.yaml"
    path.write_text(MY_GPU.replace("bf16: 5000", "bf17: 5000").replace("vendor: Acme", "vendr: Acme"))
    with pytest.raises(CatalogError) as caught:
        load_catalog(overlays={"gpus": path}, as_of=TODAY)
    text = str(caught.value)
    assert "my.yaml:3: vendor is missing — did you mean 'vendr'?" in text
    assert "my.yaml:3: unknown field 'vendr' — did you mean 'vendor'?" in text
    assert "unknown format 'bf17'" in text


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("gpus: [", "not valid YAML"),
        ("- a", "must be a mapping with a list 'gpus'"),
        ("gpu: []", "needs a list 'gpus' — did you mean 'gpu'?"),
        ("gpus: [7]", "an entry must be a mapping"),
        ("gpus: []\ngpus: []", "'gpus' is given twice"),
        ("gpus:\n- {id: a, links: {a: 1, a: 2}}", "my.yaml:2: 'a' is given twice"),
        ("gpus:\n- ? [a]\n  : 1", "a key must be a word"),
        ("gpus:\n- id: !own {a: 1}", "could not determine a constructor for the tag '!own'"),
    ],
)
def test_a_broken_yaml_file_is_explained(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "my.yaml"
    path.write_text(text)
    with pytest.raises(CatalogError) as caught:
        load_catalog(overlays={"gpus": path}, as_of=TODAY)
    assert complaint in str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("layers: 2, heads: 4", "layers: 2, head: 4", "full: heads is missing"),
        ("format: bf16", "format: bf16, covers: some", "covers must be one of all, linear, experts"),
        ("  full: {layers: 2, heads: 4, kv_heads: 2, head_dim: 16}\n", "", "needs a full, window or mla block"),
        ("licence: none", "licence: none\n  checkpoint: {parameters: 999}", "the published checkpoint has 999"),
        ("licence: none", "licence: none\n  as_of: soon", "as_of must be a date like 2026-08-31 (got 'soon')"),
        ("licence: none", "licence: none\n  basis: guessed", "basis must be one of listed"),
        ("licence: none", "licence: none\n  tied_embeddings: maybe", "tied_embeddings must be true or false"),
    ],
)
def test_a_wrong_model_is_explained(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    path = tmp_path / "models.yaml"
    path.write_text(MY_MODEL.replace(old, new))
    with pytest.raises(CatalogError) as caught:
        load_catalog(overlays={"models": path}, as_of=TODAY)
    assert complaint in str(caught.value)


def test_shipped_files_must_name_known_sources_and_a_basis(tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(data_folder(), data)
    gpus = (data / "gpus.yaml").read_text().replace("source: baseten-a10g", "")
    (data / "gpus.yaml").write_text(
        gpus.replace("source: llm-analysis", "source: llm-analisis").replace(", basis: listed", "")
    )
    offers = (data / "prices" / "offers.csv").read_text().replace(",vantage-aws,listed", ",vantage-aws,", 1)
    (data / "prices" / "offers.csv").write_text(offers)
    weights = (data / "traffic" / "profiles.csv").read_text().replace("\n0,1,", "\n0,5,")
    (data / "traffic" / "profiles.csv").write_text(weights)
    with pytest.raises(CatalogError) as caught:
        load_catalog(data, as_of=TODAY)
    text = str(caught.value)
    assert "unknown source 'llm-analisis' — did you mean 'llm-analysis'?" in text
    assert "offers.csv:2: basis is missing" in text
    assert "the weights of 'flat' in profiles.csv have the mean" in text


def test_folders_are_found() -> None:
    assert (data_folder() / "sources.yaml").is_file()
    assert problems_folder().is_dir()


@given(st.floats(1, 20000), st.floats(0.05, 3), st.integers(2, 9))
@settings(max_examples=30, deadline=None)
def test_lognormal_cells_keep_the_mean(mean: float, cv: float, bins: int) -> None:
    cells = lognormal_means(mean, cv, bins)
    assert sum(cells) / bins == pytest.approx(mean)
    assert cells == sorted(cells) and cells[0] > 0
