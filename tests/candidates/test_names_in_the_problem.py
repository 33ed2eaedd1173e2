"""Every name is found, or every missing one is reported at once with its key and a suggestion."""

import json
from pathlib import Path

import pytest
from workbench import catalog, fixed, generated, question

from planner.candidates.resolve import resolve_names
from planner.errors import InputError
from planner.inputs.load import problem_from
from planner.inputs.problem import Problem


def names_of(data: dict[str, object], base: Path = Path()):  # type: ignore[no-untyped-def]
    return resolve_names(problem_from({"title": "t", **data}, "test"), catalog(), base)


def workload(model: str, **changes: object) -> dict[str, object]:
    asked = {"model": model, "traffic": {"requests_per_s": 1}, "requests": {"input": 10, "output": 10}}
    return {**asked, "slo": {"tpot_p95_ms": 50}, **changes}


@pytest.mark.parametrize("name", ["llama-3.3-70b", "meta-llama/Llama-3.3-70B-Instruct", "Llama-3.3-70B"])
def test_a_model_goes_by_its_id_or_hugging_face_name(name: str) -> None:
    found = names_of({"workloads": {"chat": workload(name)}})
    assert [model.id for model in found.models["chat"]] == ["llama-3.3-70b"]


def test_gpus_go_by_their_aliases() -> None:
    rent = {"gpus": ["h100 sxm5"], "exclude_gpus": ["a10g"]}
    found = names_of({"workloads": {"chat": workload("llama-3.1-8b", gpus=["H100"])}, "supply": {"rent": rent}})
    assert (found.rent_gpus, found.excluded_gpus, found.gpus["chat"]) == ({"H100-SXM"}, {"A10G"}, {"H100-SXM"})


def test_all_unknown_names_come_in_one_message() -> None:
    data = {
        "workloads": {"chat": workload("llama-3.3-70", gpus=["H10"], regions=["mars"])},
        "supply": {
            "rent": {"providers": ["awz"], "regions": ["eu"], "gpus": ["B2000"]},
            "quotas": [{"gpu": "H100", "max_gpus": 8}, {"gpu": "L44S", "max_gpus": 8, "provider": "lamda"}],
            "own": {"systems": ["dgx-h10"], "existing": [{"system": "dgx-v1", "count": 1}]},
            "api": [{"provider": "togther", "model": "x"}, {"provider": "anthropic", "model": "claude-sonet-4-5"}],
        },
    }
    with pytest.raises(InputError) as caught:
        names_of(data)
    text = str(caught.value)
    for expected in (
        "workloads.chat.model: unknown model 'llama-3.3-70' — did you mean 'llama-3.3-70b'?",
        "workloads.chat.gpus: unknown GPU 'H10'",
        "workloads.chat.regions: unknown region 'mars'",
        "supply.rent.providers: unknown provider 'awz' — did you mean 'aws'?",
        "supply.rent.gpus: unknown GPU 'B2000'",
        "supply.quotas[0].gpu: write 'H100-SXM' for 'H100'",
        "supply.quotas[1].gpu: unknown GPU 'L44S' — did you mean 'L40S'?",
        "supply.quotas[1].provider: unknown provider 'lamda' — did you mean 'lambda'?",
        "supply.own.systems: unknown system 'dgx-h10' — did you mean 'dgx-h100'?",
        "supply.own.existing: unknown system 'dgx-v1'",
        "supply.api[0].provider: unknown API provider 'togther' — did you mean 'together_ai'?"[:60],
        "supply.api[1].model: unknown model of anthropic 'claude-sonet-4-5' — did you mean 'claude-sonnet-4-5'?",
    ):
        assert expected in text
    assert text.startswith("12 name(s) not found:")


def test_a_model_only_an_api_offers_needs_that_api() -> None:
    hosted = {"workloads": {"hard": workload("claude-sonnet-4-5")}}
    with pytest.raises(InputError, match=r"a hosted API; add it to supply.api \(sold by .*anthropic"):
        names_of(hosted)
    api = {"api": [{"provider": "anthropic", "model": "claude-sonnet-4-5"}]}
    assert names_of({**hosted, "supply": api}).models["hard"] == ()


CONFIG = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "hidden_size": 4096,
    "intermediate_size": 14336,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "vocab_size": 128256,
    "max_position_embeddings": 131072,
    "tie_word_embeddings": False,
    "torch_dtype": "bfloat16",
}


def test_a_config_json_beside_the_problem_is_a_model(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(CONFIG), encoding="utf-8")
    asked: Problem = question("mine/config.json", rent={"gpus": ["H100-SXM"], "providers": ["lambda"]})
    found = generated(asked, fixed(1000, 200), tmp_path)
    own = next(iter(found.configs.values())).own_model
    assert own is not None
    assert own.total_parameters == catalog().models["llama-3.1-8b"].total_parameters
    with pytest.raises(InputError, match=r"workloads\.chat\.model: there is no file"):
        generated(question("mine/other.json"), fixed(1000, 200), tmp_path)
