"""The endpoints as strangers meet them: described, run as their examples are printed, and as tools of an MCP client."""

from __future__ import annotations

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

from app.api.arguments import NOUN
from core.foundations.files import ROOT

NAMES = {"request", "edit", "open", "find", "segment", "concepts", "who", "heads", "shares", "shift", "methods"}
NAMES |= {"classes", "class_keys", "shared", "invert", "move"} | {"attack_words", "attack", "paint", "excite"}


@pytest.fixture(scope="module")
def client(address: str) -> Client:
    """A Python client, as a stranger's program has it."""
    return Client(address, verbose=False, analytics_enabled=False)


@pytest.fixture(scope="module")
def endpoints(client: Client) -> dict[str, Any]:
    """What the page tells of its endpoints."""
    return {name.strip("/"): told for name, told in client.view_api(return_format="dict", print_info=False)["named_endpoints"].items()}


def test_every_verb_is_there_and_described(endpoints: dict[str, Any]) -> None:
    """What each does, takes and gives, in words and types; nothing is "the 1st", nothing is Any."""
    assert set(endpoints) == NAMES
    for name, told in endpoints.items():
        assert told["description"].endswith(".") and len(told["description"]) > 30, name
        for parameter in told["parameters"]:
            kind = parameter["python_type"]
            assert parameter["label"] == parameter["parameter_name"] and kind["type"] != "Any", (name, parameter["label"])
            assert kind["description"].endswith(".") and "..." not in str(parameter["example_input"]), (name, parameter["label"])
        (answer,) = told["returns"]
        assert re.match(r"(dict|list)\(?\[?", answer["python_type"]["type"]) and "Any" not in answer["python_type"]["type"], name
        assert answer["python_type"]["description"].endswith("."), name


@pytest.mark.parametrize("name", sorted(NAMES))
def test_the_printed_example_runs(name: str, client: Client, endpoints: dict[str, Any]) -> None:
    """With the arguments that the page of the API prints: defaults where there are some, else the example. It does some work."""
    parameters = endpoints[name]["parameters"]
    printed = {p["parameter_name"]: p["parameter_default"] if p["parameter_has_default"] else p["example_input"] for p in parameters}
    answer = client.predict(**printed, api_name=f"/{name}")
    assert answer and isinstance(answer, (dict, list))
    wanted = set(re.findall(r"(\w+): ", re.sub(r" \(.*?\)(?=[,)\]])", "", endpoints[name]["returns"][0]["python_type"]["type"])))
    assert set(answer if isinstance(answer, dict) else answer[0]) <= wanted
    if name == "request":
        assert answer["refusal"] is None and "shark" in answer["report"]
        assert client.predict(recipe=answer["recipe"], api_name="/edit")["report"]


def test_what_the_new_verbs_answer(client: Client) -> None:
    """Heads switched off move the shares; a shift reports what was asked; every way is named."""
    texts = ["an animal", "a machine"]
    plain = client.predict(NOUN, texts, api_name="/shares")
    switched = client.predict(NOUN, texts, [[5, 0], [5, 0]], api_name="/shares")
    assert [row["text"] for row in switched] == texts and sum(row["share"] for row in switched) == pytest.approx(1, abs=1e-3)
    assert all(row["share"] == row["before"] for row in plain) and [r["before"] for r in switched] == [r["before"] for r in plain]
    assert switched != plain
    there, absent = client.predict(NOUN, ["a shark", "giraffe"], api_name="/shares")
    assert there["there"] and not absent["there"] and absent["presence"] < 0.5 < there["presence"]
    sprite = {"shape": 2, "scale": 4, "rotation": 3, "x": 25, "y": 9}
    shift = client.predict(sprite, {"x": 5, "y": 9}, "regression", api_name="/shift")
    assert "x" in shift["moved"] and shift["missed"] == [] and set(shift["after"]) == set(sprite)
    ways = client.predict(api_name="/methods")
    assert ways["shift"][0]["name"] == ways["segment"][0]["name"] == "studio" and len(ways["segment"]) == 17


def test_what_models_share_is_answered(client: Client) -> None:
    """Concepts of the picture that a recipe makes; one is moved, and the picture that came of it is moved on; a picture is brought in."""
    strong = client.predict(limit=2, api_name="/shared")
    assert len(strong) == 2 and strong[0]["active"] > strong[1]["active"] and strong[0]["models"][0] == "generator"
    moved = client.predict(concepts=[strong[0]["id"]], right=4, api_name="/move")
    assert moved["steps"] == 3 and moved["refusal"] is None and moved["report"]
    again = client.predict(recipe=moved["recipe"], down=4, api_name="/move")
    assert again["image"] != moved["image"]
    brought = client.predict(NOUN, "none", api_name="/invert")
    assert brought["steps"] == 4 and brought["scores"]["psnr"] > 0 and "similarity" not in brought["scores"]
    assert "similarity" in client.predict(NOUN, api_name="/invert")["scores"]


def test_a_model_is_fooled_and_a_prompt_painted(client: Client) -> None:
    """Words, pictures and what the model says of them; the fewest words alone; a painted picture goes on as a recipe; a refusal is told."""
    words = client.predict("fox", "tiger", api_name="/attack_words")
    assert words[0]["text"] == "volcano" and words[0]["neurons"] == ["neuron:4:0"]
    done = client.predict("fox", "tiger", 12, api_name="/attack")
    assert len(done["pictures"]) == 12 and done["fooled"] == pytest.approx(4 / 12, abs=1e-3) and done["by_chance"] < done["fooled"]
    assert done["fooled"] == pytest.approx(sum(p["fooled"] for p in done["pictures"]) / 12, abs=1e-3)
    few = client.predict("fox", "tiger", 500, how="fewest", api_name="/attack")
    assert [word["text"] for word in few["words"]] == ["volcano", "toaster"] and len(few["pictures"]) == 20
    one = client.predict("fox", "tiger", 2, ["pie", "volcano"], "strongest", api_name="/attack")
    assert [word["text"] for word in one["words"]] == ["volcano"]
    assert [word["text"] for word in client.predict("elephant", "owl", "photos", api_name="/attack_words")][:2] == ["apple", "bus"]
    laid = client.predict("elephant", "owl", 2, world="photos", photo=NOUN, api_name="/attack")
    assert len(laid["pictures"]) == 2 and laid["pictures"][0]["image"].startswith("data:image/jpeg")
    written = client.predict("fox", "tiger", 2, writer="owner/tiny", api_name="/attack")
    assert written["told"] == "owner/tiny wrote 2 of 2 sentences." and done["told"] == ""
    painted = client.predict("a shark with red glasses", 2, api_name="/paint")
    assert painted["refusal"] is None and [bool(one["missing"]) for one in painted["pictures"]] == [True, False]
    assert client.predict("add red glasses", painted["pictures"][1]["recipe"], api_name="/request")["recipe"]
    scenes = client.predict("a shark on a meadow", 2, world="scenes", api_name="/paint")["pictures"]
    assert [one["missing"] for one in scenes] == [["shark head"], []] and scenes[0]["recipe"] == "" and scenes[1]["told"] == "All is there."
    nothing = client.predict("xyzzy", api_name="/paint")
    assert nothing["pictures"] == [] and "I know no" in nothing["refusal"]


def test_what_excites_a_class_is_grown(client: Client) -> None:
    """For a class and for a neuron by its id, each seed another image, the same one the same; in so many steps and no more."""
    two = client.predict("shark", 2, api_name="/excite")
    assert two["steps"] == 4 and [one["says"] for one in two["images"]] == ["shark"] * 2 and two["images"][0]["other"] == "cat"
    assert two["images"][0]["image"].startswith("data:image/png") and two["images"][0]["image"] != two["images"][1]["image"]
    again = client.predict("shark", seed=1, api_name="/excite")
    assert [one["image"] for one in again["images"]] == [two["images"][1]["image"]]
    neuron = client.predict("key:1:11", 99, 7, api_name="/excite")
    assert neuron["images"][0]["says"] == "cat" and len(neuron["images"]) == 4 and neuron["steps"] == 7


SPRITE = {"shape": 2, "scale": 4, "rotation": 3, "x": 25, "y": 9}


@pytest.mark.parametrize(
    ("name", "sent", "sentence"),
    [
        ("attack", {"true": "fox", "wrong": "tiger", "how": "nicely"}, "all, strongest, fewest"),
        ("attack", {"true": "fox", "wrong": "tiger", "words": "pie"}, "a list of up to 25 words"),
        ("attack", {"true": "fox", "wrong": "tiger", "seed": -1}, "a whole number from 0"),
        ("attack", {"true": "fox", "wrong": "cat", "world": "mars"}, "no such world"),
        ("paint", {"prompt": "a shark", "world": "mars"}, "nouns, scenes"),
        ("paint", {"prompt": "a shark " * 200, "world": "scenes"}, "800 is the most"),
        ("attack", {"true": "elephant", "wrong": "owl", "world": "photos", "photo": "no picture"}, "not base64"),
        ("attack", {"true": "fox", "wrong": "tiger", "through": "ViT-B-32 openai"}, 'in the world "photos" alone'),
        ("attack", {"true": "elephant", "wrong": "owl", "world": "photos", "through": "ViT-L-14 openai"}, "not on this machine"),
        ("attack_words", {"true": "elephant", "wrong": "owl", "world": "photos", "through": "x" * 999}, "the name of a model"),
        ("attack", {"true": "fox", "wrong": "tiger", "writer": "x" * 9999}, "the path of a folder"),
        ("attack", {"true": "", "wrong": "tiger"}, "Type what to look for"),
        ("excite", {"what": ""}, "Type what to look for"),
        ("excite", {"what": "xyzzy"}, "knows no class"),
        ("excite", {"what": "key:99:1"}, "no block 99"),
        ("excite", {"what": "shark", "steps": 193}, "a whole number from 0 to 192"),
        ("excite", {"what": "shark", "steps": "4"}, "a whole number from 0 to 192"),
        ("excite", {"what": "shark", "seed": 2**31}, "a whole number from 0"),
        ("excite", {"what": "shark", "count": "2"}, "not a whole number"),
        ("excite", {"what": "shark", "world": "moon"}, "no such world"),
        ("paint", {"prompt": ""}, "Describe a Noun"),
        ("paint", {"prompt": "a shark", "count": "2"}, "not a whole number"),
        ("shares", {"image": NOUN, "texts": []}, "a list of 1 to 12 texts"),
        ("shares", {"image": NOUN, "texts": "an animal"}, "a list of 1 to 12 texts"),
        ("shares", {"image": NOUN, "texts": [["a"]] * 3}, "a list of 1 to 12 texts"),
        ("shares", {"image": NOUN, "texts": ["x"] * 13}, "a list of 1 to 12 texts"),
        ("shares", {"image": NOUN, "texts": ["x" * 301]}, "up to 300 characters"),
        ("shares", {"image": NOUN, "texts": ["x"], "off": [[1]]}, "pairs of layer and head"),
        ("shares", {"image": NOUN, "texts": ["x"], "off": {"1": 2}}, "pairs of layer and head"),
        ("shares", {"image": NOUN, "texts": ["x"], "off": [[1, 2]] * 600}, "pairs of layer and head"),
        ("shares", {"image": NOUN, "texts": ["x"], "off": [["1", "2"]]}, "pairs of layer and head"),
        ("shift", {"start": {}, "wanted": {"x": 5}}, "sprite's shape is missing"),
        ("shift", {"start": SPRITE, "wanted": {"x": 99}}, "goes from 0 to 31"),
        ("shift", {"start": SPRITE, "wanted": {"x": "5"}}, "as names and whole numbers"),
        ("shift", {"start": SPRITE, "wanted": {"x": 1.5}}, "as names and whole numbers"),
        ("shift", {"start": SPRITE, "wanted": {"colour": 1}}, "has no 'colour'"),
        ("shift", {"start": SPRITE, "wanted": {"x": 10**30}}, "goes from 0 to 31"),
        ("shift", {"start": SPRITE, "wanted": {"x": 5}, "method": "nothing"}, "does not exist here"),
        ("shift", {"start": SPRITE, "wanted": {str(i): 1 for i in range(40)}}, "as names and whole numbers"),
        ("heads", {"world": "mars"}, "Send one of: nouns, photos"),
        ("concepts", {"image": "nothing", "limit": 3}, "not base64"),
        ("move", {"concepts": "rosetta:1", "right": 3}, "a list of up to 20 concepts"),
        ("move", {"concepts": ["rosetta:99"], "right": 3}, "There is no such concept"),
        ("move", {"right": "far"}, "That is not a number"),
        ("invert", {"image": NOUN, "guide": "nobody"}, "Nothing guides by that name"),
        ("invert", {"image": NOUN, "start": "here"}, "no such choice"),
        ("concepts", {"image": NOUN, "limit": "3"}, "not a whole number"),
    ],
)
def test_what_strangers_send_is_answered_in_a_sentence(name: str, sent: dict, sentence: str, client: Client, caplog) -> None:
    """Wrong kinds, too many, out of bounds: no traceback, here nor in the log."""
    with pytest.raises(AppError, match=re.escape(sentence)) as told:
        client.predict(**sent, api_name=f"/{name}")
    assert "Traceback" not in str(told.value) and not caplog.records


def in_a_thread(coroutine: Any) -> Any:
    """Run to its end away from any loop that a browser's driver may have in this thread."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, coroutine).result()


def test_an_mcp_client_finds_and_calls_the_tools(address: str) -> None:
    """A real client over streamable HTTP: every verb with its words, a call that works, and one that is refused in a sentence."""
    from mcp import ClientSession
    from mcp.client.streamable_http import streamablehttp_client

    async def visit() -> tuple[Any, Any, Any]:
        async with streamablehttp_client(f"{address}/gradio_api/mcp/") as (read, write, _), ClientSession(read, write) as session:
            await session.initialize()
            tools = await session.list_tools()
            done = await session.call_tool("request", {"sentence": "swap the head for a shark"})
            refused = await session.call_tool("shift", {"start": SPRITE, "wanted": {"x": 99}})
            return tools.tools, done, refused

    tools, done, refused = in_a_thread(visit())
    assert {tool.name for tool in tools} == NAMES
    for tool in tools:
        assert tool.description and "Returns:" in tool.description, tool.name
        assert all(argument.get("description") for argument in tool.inputSchema["properties"].values()), tool.name
    assert {"sentence"} == set(next(tool for tool in tools if tool.name == "request").inputSchema["required"])
    assert not done.isError and "shark" in done.content[0].text and "data:image/png" in done.content[0].text
    assert refused.isError and "goes from 0 to 31" in refused.content[0].text and "Traceback" not in refused.content[0].text


def test_nothing_that_is_shown_answers_404(address: str) -> None:
    """The descriptions for programs, for MCP clients and for a person who opens the MCP address in a browser."""
    for path in ("/gradio_api/info", "/gradio_api/mcp/schema", "/gradio_api/mcp/", "/gradio_api/openapi.json"):
        assert httpx.get(address + path, follow_redirects=True, timeout=60).status_code == 200, path
    tools = httpx.get(f"{address}/gradio_api/mcp/schema", timeout=60).json()
    assert {tool["name"] for tool in tools} == NAMES


def test_the_readme_s_program_runs(address: str, capsys) -> None:
    """As it stands there, but for the address; and every endpoint is named there."""
    readme = (ROOT / "README.md").read_text()
    (program,) = (block for block in re.findall(r"```python\n(.*?)```", readme, re.DOTALL) if "gradio_client" in block)
    exec(program.replace("http://127.0.0.1:7860", address), {})
    assert "shark" in capsys.readouterr().out
    assert all(f"`{name}`" in readme for name in NAMES)
