# SPDX-License-Identifier: Apache-2.0
"""The REST API of a running router: on both of its sockets, and as its OpenAPI document says."""

import json
import stat

import jsonschema
import pytest

from rest_api import Api

POOL = "/v1/pools/web"
SERVICE = "/v1/services/10.0.10.0:80/tcp"
WEB = {"buckets": 64, "backends": {"10.0.0.1": {}, "10.0.0.2": {"weight": 2}}}


@pytest.fixture(scope="module")
def router(shared_router):
    return shared_router()


@pytest.fixture
def api(router):
    """With a pool of two backends and a service. All neighbours are static: what the kernel finds
    out by itself would make generations in between."""
    api = Api(router)
    interface = api.get("/v1/router")["ports"][0]
    api.put(
        "/v1/configuration",
        {
            "pools": {"web": WEB},
            "services": {"10.0.10.0:80/tcp": {"pool": "web"}},
            "neighbours": {
                f"10.0.0.{number}": {"interface": interface, "mac": f"02:03:04:05:06:0{number}"}
                for number in (1, 2, 3, 9)
            },
        },
    )
    return api


def test_both_sockets_show_the_same(router, api):
    status, text = router.request("GET", "/v1/configuration")
    assert status == 200
    assert json.loads(text) == api.get("/v1/configuration")


def test_the_unix_socket_is_its_owners(api):
    assert stat.S_IMODE(api.socket.stat().st_mode) == 0o600


def test_the_papers_routes_show_the_same_model(router, api):
    assert "10.0.10.0/32 tcp port 80 to 10.0.0.2 weight 2" in router.get("/routes")
    router.put("/neigh/del/10.0.0.9")
    assert "10.0.0.9" not in api.get("/v1/configuration")["neighbours"]


def test_one_patch_is_one_generation(api):
    before = api.send("GET", "/v1/configuration").generation
    patch = {
        "pools": {"web": {"backends": {"10.0.0.2": None, "10.0.0.3": {"state": "draining"}}}},
        "services": {"10.0.10.0:443/tcp": {"pool": "web"}},
    }
    answer = api.send("PATCH", "/v1/configuration", patch)
    assert answer.json["generation"] == before + 1
    assert list(api.get(POOL)["backends"]) == ["10.0.0.1", "10.0.0.3"]
    newest = api.get("/v1/generations?limit=1")[0]
    assert newest["number"] == before + 1
    assert newest["difference"] == answer.json["difference"]


def test_who_comes_second_is_refused(api):
    seen = api.send("GET", POOL).headers["ETag"]
    first = api.send("PATCH", POOL, {"buckets": 128}, If_Match=seen)
    assert first.status == 200
    api.problem(412, "PATCH", POOL, {"buckets": 256}, If_Match=seen)
    api.problem(412, "PUT", POOL, WEB, If_None_Match="*")


def test_a_dry_run_says_what_it_would_cost(api):
    before = api.send("GET", "/v1/configuration")
    answer = api.send("DELETE", f"{POOL}/backends/10.0.0.2?dry_run=true")
    assert answer.json["changed"] and answer.json["dry_run"]
    assert answer.generation == before.generation
    assert api.get("/v1/configuration") == before.json


def test_a_problem_says_what_is_wrong(api):
    problem = api.problem(422, "PATCH", f"{POOL}/backends/10.0.0.2", {"weight": 0})
    assert problem["where"] == ["pools", "web", "backends", "10.0.0.2", "weight"]
    api.problem(409, "DELETE", POOL)
    api.problem(415, "PUT", POOL, WEB, Content_Type="text/plain")
    # Longer than what fits between the two: the answer comes after it.
    api.problem(415, "PUT", POOL, "x" * (1 << 20), Content_Type="text/plain")
    api.problem(404, "PUT", "/v1/nothing", "x" * (1 << 20))
    api.problem(404, "DELETE", "/v1/services/10.9.9.9")


def test_it_is_all_there_after_a_restart(router, api):
    before = api.send("GET", "/v1/configuration")
    router.kill()
    router.start()
    after = api.send("GET", "/v1/configuration")
    assert (after.json, after.generation) == (before.json, before.generation)
    assert api.get("/v1/generations")[0]["number"] == before.generation


# A value for each parameter of a path or of a query.
EXAMPLES = {
    "pool": "web",
    "backend": "10.0.0.1",
    "service": "10.0.10.0:80/tcp",
    "address": "10.0.0.1",
    "number": "1",
    "from": "0",
    "source": "10.0.1.99:1234",
    "destination": "10.0.10.0:80",
}


def test_every_get_answers_as_documented(api):
    document = api.get("/v1/openapi.json")
    for path, operations in document["paths"].items():
        operation = operations["get"]
        query = []
        for parameter in operation["parameters"]:
            name = parameter["name"]
            if parameter["in"] == "path":
                path = path.replace("{" + name + "}", EXAMPLES[name])
            elif parameter["required"]:
                query.append(f"{name}={EXAMPLES[name]}")
        answer = api.send("GET", f"{path}?{'&'.join(query)}")
        assert answer.status == 200, f"{path}: {answer.text}"
        content = operation["responses"]["200"]["content"]["application/json"]
        check(document, content["schema"], answer.json)
        refused = api.send("GET", f"{path}?unknown=1")
        assert refused.status == 400
        check(document, document["components"]["schemas"]["Problem"], refused.json)


@pytest.mark.parametrize(
    "path, body",
    [(POOL, WEB), (SERVICE, {"pool": "web"}), (f"{POOL}/backends/10.0.0.9", {"weight": 3})],
)
def test_every_change_answers_as_documented(api, path, body):
    document = api.get("/v1/openapi.json")
    changed = document["components"]["schemas"]["Changed"]
    check(document, changed, api.put(path, body))
    check(document, changed, api.send("PATCH", path, {}).json)
    if path == POOL:
        api.problem(409, "DELETE", path)
    else:
        check(document, changed, api.send("DELETE", f"{path}?dry_run=true").json)


def check(document, schema, value):
    """Its references lead into the components of the document."""
    whole = {**schema, "components": document["components"]}
    jsonschema.validate(value, whole, jsonschema.Draft202012Validator)
