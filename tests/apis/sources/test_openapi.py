import json

import pytest

from toolace.apis.sources import openapi
from toolace.apis.sources.openapi import read

PETS = """
openapi: 3.0.3
info: {title: Pet Store API, version: 1.0.0, license: {name: MIT}}
paths:
  /pets:
    parameters:
      - {name: store, in: query, required: true, schema: {type: string}, description: "Which **store**."}
    get:
      operationId: list
      tags: [Animals]
      summary: List pets
      description: Lists the pets. See https://example.org/pets.
      parameters:
        - {name: limit, in: query, schema: {type: integer, maximum: 100}}
        - {name: session, in: cookie, schema: {type: string}}
        - {name: X-Api-Key, in: header, required: true, schema: {type: string}}
        - {name: old, in: query, deprecated: true, schema: {type: string}}
        - $ref: '#/components/parameters/Colour'
      responses:
        200: {content: {application/json: {example: [{id: 1, name: Rex}]}}}
    post:
      description: Adds a pet to the store.
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}
      responses:
        '201': {$ref: '#/components/responses/Pet'}
    put: {operationId: noDescription, deprecated: true, description: Replaces all pets.}
  /pets/{petId}:
    delete:
      description: Removes one pet.
      parameters: [{name: petId, in: path, required: true, schema: {type: integer}, example: 7}]
components:
  parameters:
    Colour: {name: colour, in: query, schema: {$ref: '#/components/schemas/Colour'}}
  responses:
    Pet: {description: The pet., content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}
  schemas:
    Colour: {type: string, enum: [red, NO], description: The colour of the fur.}
    Thing: {type: object, required: [id], properties: {id: {type: integer, readOnly: true}, name: {type: string}}}
    Pet:
      allOf:
        - $ref: '#/components/schemas/Thing'
        - type: object
          required: [name]
          properties:
            friend: {$ref: '#/components/schemas/Pet'}
            owner: {oneOf: [{type: 'null'}, {$ref: '#/components/schemas/Owner'}]}
            chip: {$ref: 'other.yaml#/Chip'}
            web: {$ref: 'https://example.org/x.json'}
            store: {type: integer}
    Owner: {type: object, properties: {email: {type: string, format: email}}}
"""

SWAGGER = {
    "swagger": "2.0",
    "info": {"title": "Weather"},
    "paths": {
        "/forecast": {
            "get": {
                "operationId": "getForecast",
                "summary": "Forecast",
                "description": "Gives the weather of the next days.",
                "parameters": [
                    {"name": "city", "in": "query", "required": True, "type": "string"},
                    {"name": "days", "in": "query", "type": "integer", "default": 3},
                ],
                "responses": {"200": {"examples": {"application/json": {"sky": "blue"}}}},
            },
            "post": {
                "operationId": "report",
                "description": "Reports the weather at a place.",
                "parameters": [{"name": "body", "in": "body", "required": True, "schema": {"$ref": "#/definitions/R"}}],
                "responses": {"200": {"schema": {"$ref": "#/definitions/R"}}},
            },
        }
    },
    "definitions": {"R": {"type": "object", "required": ["sky"], "properties": {"sky": {"type": "string"}}}},
}


@pytest.fixture
def save(tmp_path):
    def write(content, name="api.yaml"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return str(path)

    return write


def ref(name):
    return {"$ref": name}


def body(schema):
    return {"content": {"application/json": {"schema": schema}}}


def small(**operation):
    return {
        "openapi": "3.1.0",
        "info": {"title": "Shop"},
        "paths": {"/orders": {"get": {"description": "Lists the orders."} | operation}},
    }


def test_operations_become_apis(save):
    apis = {api.name: api for api in read(save(PETS))}
    assert apis.keys() == {"pet_store.list", "create_pets", "delete_pets_by_pet_id"}
    api = apis["pet_store.list"]
    assert api.description == "Lists the pets."
    assert (api.functionality, api.service, api.license, api.source) == ("Animals", "Pet Store", "MIT", "openapi")
    assert (api.area, api.domain, api.provider) == ("", "", "")
    assert api.parameters == {
        "type": "object",
        "properties": {
            "store": {"type": "string", "description": "Which store."},
            "limit": {"type": "integer", "description": "Limit.", "maximum": 100},
            "colour": {"type": "string", "description": "The colour of the fur.", "enum": ["red", "NO"]},
        },
        "required": ["store"],
    }
    assert api.returns == [{"id": 1, "name": "Rex"}]
    assert apis["delete_pets_by_pet_id"].parameters["properties"]["petId"]["examples"] == [7]
    assert apis["delete_pets_by_pet_id"].functionality == "Pets"


def test_the_body_is_flattened_merged_and_cut(save):
    api = next(api for api in read(save(PETS)) if api.name == "create_pets")
    assert api.parameters == {
        "type": "object",
        "properties": {
            "name": {"type": "string", "description": "Name."},
            "store": {"type": "string", "description": "Which store."},
            "owner": {
                "type": "object",
                "description": "Owner.",
                "properties": {"email": {"type": "string", "description": "Email.", "format": "email"}},
            },
        },
        "required": ["name", "store"],
    }
    assert api.returns["properties"].keys() == {"id", "name", "owner", "store"}


def test_swagger_2(save):
    forecast, report = read(save(SWAGGER, "api.json"))
    assert forecast.name == "get_forecast"
    assert forecast.parameters["properties"]["days"] == {"type": "integer", "description": "Days.", "default": 3}
    assert forecast.parameters["required"] == ["city"]
    assert forecast.returns == {"sky": "blue"}
    assert report.name == "weather.report"
    assert report.parameters["properties"].keys() == report.returns["properties"].keys() == {"sky"}
    assert report.parameters["required"] == ["sky"]


@pytest.mark.parametrize(
    ("operation", "description"),
    [
        ({"summary": "List orders", "description": ""}, "List orders."),
        ({"summary": "List orders"}, "Lists the orders."),
        ({"summary": "Orders of a day", "description": "Sorted by time."}, "Orders of a day. Sorted by time."),
        ({"description": "", "operationId": "listAllOrders"}, "List all orders."),
        ({"description": "listAllOrders()."}, "List all orders."),
        ({"summary": "/orders/{id}"}, "Lists the orders."),
        ({"description": "列出商店里所有的订单和商品"}, "列出商店里所有的订单和商品."),
    ],
)
def test_descriptions(save, operation, description):
    assert [api.description for api in read(save(small(**operation)))] == [description]


@pytest.mark.parametrize(
    ("operation_id", "name"),
    [
        ("orders/list-all", "orders.list_all"),
        ("OrderController.findAll", "order_controller.find_all"),
        ("get", "shop.get"),
        ("日本", "get_orders"),
        (None, "get_orders"),
        ("a" * 200, "shop." + "a" * 59),
    ],
)
def test_names(save, operation_id, name):
    assert [api.name for api in read(save(small(operationId=operation_id)))] == [name]


def test_a_taken_name_gets_the_service(save):
    document = small(operationId="listOrders")
    document["paths"]["/more"] = {"get": {"operationId": "list_orders", "description": "Lists more orders."}}
    document["paths"]["/most"] = {"get": {"operationId": "list-orders", "description": "Lists most orders."}}
    assert [api.name for api in read(save(document))] == ["list_orders", "shop.list_orders"]


def test_bodies_that_are_no_objects(save):
    body = {
        "required": True,
        "content": {"application/json": {"schema": {"type": "array", "items": {"type": "integer"}}}},
    }
    api = next(read(save(small(requestBody=body))))
    assert api.parameters["properties"] == {
        "items": {"type": "array", "description": "Items.", "items": {"type": "integer"}}
    }
    assert api.parameters["required"] == ["items"]


def test_a_referenced_array_body(save):
    document = small(requestBody={"content": {"application/json": {"schema": {"$ref": "#/Ids"}}}})
    document["Ids"] = {"type": "array", "description": "Which ones.", "items": {"type": "integer"}}
    api = next(read(save(document)))
    assert api.parameters["properties"]["items"]["description"] == "Which ones."


def test_long_examples_give_way_to_the_schema(save):
    schema = {"type": "object", "properties": {"id": {"type": "integer"}}}
    media = {"schema": schema, "example": {"id": ["x" * 100] * 50}}
    api = next(read(save(small(responses={"200": {"content": {"application/json": media}}}))))
    assert api.returns["properties"].keys() == {"id"}
    media = {"schema": schema, "example": '{"id": 3}'}
    api = next(read(save(small(responses={"200": {"content": {"application/json": media}}}))))
    assert api.returns == {"id": 3}


def test_a_document_of_several_files(save, tmp_path):
    save("owner: {name: owner, in: query, schema: {$ref: 'schemas.yaml#/Name'}}", "parts/parameters.yaml")
    save(
        {"Name": {"type": "string", "description": "A name."}, "Order": {"properties": {"of": ref("#/Name")}}},
        "parts/schemas.yaml",
    )
    save(
        {"post": {"description": "Adds an order.", "requestBody": body(ref("schemas.yaml#/Order"))}},
        "parts/orders.json",
    )
    document = small(parameters=[ref("./parts/parameters.yaml#/owner")])
    document["paths"]["/more"] = ref("parts/orders.json")
    listed, added = read(save(document))
    assert listed.parameters["properties"] == {"owner": {"type": "string", "description": "A name."}}
    assert added.parameters["properties"] == {"of": {"type": "string", "description": "A name."}}


def test_paths_in_a_file_of_their_own(save):
    save(small()["paths"], "paths.json")
    assert [api.name for api in read(save(small() | {"paths": ref("paths.json")}))] == ["get_orders"]


def test_operations_are_counted(save, monkeypatch):
    monkeypatch.setattr(openapi, "MAX_OPERATIONS", 2)
    assert len(list(read(save(PETS)))) == 2
