"""template.yaml: who may call the API, and who says who is calling."""

import pytest

from limner.adapters import sdk, tokens
from limner.views.headers import PUBLIC_PATHS
from limner_admin.keys import AUTHORIZER_CACHE_SECONDS
from tests.template_reader import environment, properties, resources, statements, template

PUBLIC_ROUTES = {
    *(f"{method} {path}" for path in [*PUBLIC_PATHS, "/assets/{proxy+}"] for method in ("GET", "HEAD")),
    "OPTIONS /{proxy+}",
}
"""Those that the storefront answers without an identity, and preflight requests."""
API_GATEWAY_WAITS_SECONDS = 10
"""For a Lambda authorizer of an HTTP API (Amazon API Gateway, quotas)."""
NOT_DEV = {"Fn::Not": [{"Fn::Equals": [{"Ref": "Stage"}, "dev"]}]}


def routes():
    return {properties(name)["RouteKey"]: properties(name) for name in resources("AWS::ApiGatewayV2::Route")}


def test_every_route_but_the_public_ones_passes_the_authorizer():
    public = {key for key, route in routes().items() if route["AuthorizationType"] == "NONE"}
    assert public == PUBLIC_ROUTES
    for key in set(routes()) - public:
        assert routes()[key]["AuthorizationType"] == "CUSTOM"
        assert routes()[key]["AuthorizerId"] == {"Ref": "StorefrontAuthorizer"}
    assert "$default" in set(routes()) - public


def test_routes_have_throttles_of_their_own():
    stage = resources()["StorefrontStage"]
    throttled = stage["Properties"]["RouteSettings"]
    by_key = {properties(name)["RouteKey"]: name for name in resources("AWS::ApiGatewayV2::Route")}
    assert set(throttled) <= set(by_key)
    assert {by_key[key] for key in throttled} == set(stage["DependsOn"]), "a setting needs its route"
    for settings in [*throttled.values(), stage["Properties"]["DefaultRouteSettings"]]:
        assert 0 < settings["ThrottlingRateLimit"] <= settings["ThrottlingBurstLimit"]
    assert {"GET /v1/photos/{photo_id}", "GET /v1/photos", "POST /v1/photos", "GET /v1/styles"} <= set(
        throttled
    )


def test_preflight_requests_have_no_credentials():
    assert resources()["PreflightRoute"]["Condition"] == "HasPageOrigin"
    cors = properties("StorefrontApi")["CorsConfiguration"]["Fn::If"]
    assert cors[0] == "HasPageOrigin"
    assert "authorization" in cors[1]["AllowHeaders"]


def test_the_authorizer_answers_simply_and_is_kept_by_its_credentials():
    authorizer = properties("StorefrontAuthorizer")
    assert authorizer["AuthorizerType"] == "REQUEST"
    assert authorizer["AuthorizerPayloadFormatVersion"] == "2.0"
    assert authorizer["EnableSimpleResponses"] is True
    assert authorizer["IdentitySource"] == ["$request.header.Authorization"]
    assert "${AuthorizerFunction.Arn}" in authorizer["AuthorizerUri"]["Fn::Sub"]


def test_a_revoked_key_is_refused_within_a_minute():
    """The authorizer refuses it at once (test_a_revoked_key_is_refused_by_the_next_call), so that the cache alone
    delays it; a token may also be past its `exp` by the leeway."""
    cached = properties("StorefrontAuthorizer")["AuthorizerResultTtlInSeconds"]
    assert cached == AUTHORIZER_CACHE_SECONDS == 60
    assert cached + tokens.LEEWAY_SECONDS <= 90


def test_api_gateway_alone_may_call_the_authorizer():
    permission = properties("ApiMayCallAuthorizer")
    assert permission["Principal"] == "apigateway.amazonaws.com"
    assert permission["SourceArn"]["Fn::Sub"].endswith(
        ":${StorefrontApi}/authorizers/${StorefrontAuthorizer}"
    )


def test_the_authorizer_reads_keys_and_writes_their_last_use_alone():
    by_action = {str(statement["Action"]): statement for statement in statements("AuthorizerFunction")}
    reading, writing = by_action.pop("dynamodb:GetItem"), by_action.pop("dynamodb:UpdateItem")
    assert set(by_action) == {"['kms:Decrypt', 'kms:GenerateDataKey']"}
    table = {"Fn::GetAtt": ["ApiKeysTable", "Arn"]}
    assert reading["Resource"] == writing["Resource"] == table
    allowed = writing["Condition"]["ForAllValues:StringEquals"]["dynamodb:Attributes"]
    assert allowed == ["key_id", "last_used_on"]


def test_nobody_else_reads_or_writes_keys():
    for owner in {*resources("AWS::Serverless::Function"), "StylizerRole"} - {"AuthorizerFunction"}:
        assert "ApiKeysTable" not in str(properties(owner))


def test_the_authorizer_ends_before_api_gateway_gives_up():
    assert properties("AuthorizerFunction")["Timeout"] <= API_GATEWAY_WAITS_SECONDS
    reading_and_recording_use = 2 * sdk.QUICK_CALL_MAX_SECONDS
    assert reading_and_recording_use < API_GATEWAY_WAITS_SECONDS
    discovery_and_keys = 2 * tokens.ISSUER_TIMEOUT_SECONDS
    assert discovery_and_keys < API_GATEWAY_WAITS_SECONDS
    config = sdk.QUICK_CONFIG
    assert (config.connect_timeout, config.read_timeout) == (
        sdk.QUICK_CONNECT_TIMEOUT_SECONDS,
        sdk.QUICK_READ_TIMEOUT_SECONDS,
    )
    assert config.retries["total_max_attempts"] == sdk.ATTEMPTS


def rule(name):
    return template()["Rules"][name]


def test_outside_dev_somebody_must_be_able_to_sign_in():
    assert rule("SomebodyMaySignIn")["RuleCondition"] == NOT_DEV
    (assertion,) = rule("SomebodyMaySignIn")["Assertions"]
    assert assertion["Assert"]["Fn::Or"] == [
        {"Fn::Equals": [{"Ref": "UserPool"}, "cognito"]},
        {"Fn::Not": [{"Fn::Equals": [{"Ref": "JwtIssuer"}, ""]}]},
        {"Fn::Not": [{"Fn::Equals": [{"Ref": "FirstAdminKeyHash"}, ""]}]},
    ]
    for parameter, default in (("UserPool", "none"), ("JwtIssuer", ""), ("FirstAdminKeyHash", "")):
        assert template()["Parameters"][parameter]["Default"] == default


def test_another_address_of_cognito_is_for_dev_alone():
    assert rule("CognitoIsCognito")["RuleCondition"] == NOT_DEV


def test_people_cannot_change_their_own_tenant():
    client = properties("SellersPoolClient")
    assert client["WriteAttributes"] == ["email"]
    assert "aws.cognito.signin.user.admin" not in client["AllowedOAuthScopes"]
    assert properties("SellersPool")["AdminCreateUserConfig"] == {"AllowAdminCreateUserOnly": True}
    assert {attribute["Name"] for attribute in properties("SellersPool")["Schema"]} == {"tenant", "scopes"}


def test_the_page_signs_in_by_code_without_a_secret():
    client = properties("SellersPoolClient")
    assert client["GenerateSecret"] is False
    assert client["AllowedOAuthFlows"] == ["code"]
    assert client["ExplicitAuthFlows"] == ["ALLOW_REFRESH_TOKEN_AUTH"]
    assert client["CallbackURLs"][0] == {"Fn::Sub": "${StorefrontApi.ApiEndpoint}/"}


@pytest.mark.parametrize("resource", ["SellersPool", "SellersPoolClient", "SellersPoolDomain"])
def test_the_user_pool_is_made_by_parameter(resource):
    assert resources()[resource]["Condition"] == "HasUserPool"


def test_the_user_pool_survives_the_stack():
    assert resources()["SellersPool"]["DeletionPolicy"] == "RetainExceptOnCreate"
    assert properties("SellersPool")["DeletionProtection"] == {"Fn::If": ["IsDev", "INACTIVE", "ACTIVE"]}


def test_tokens_of_the_user_pool_are_read_by_its_attributes():
    variables = environment("AuthorizerFunction")
    assert variables["JWT_ISSUER"]["Fn::If"][0] == "HasUserPool"
    assert variables["JWT_AUDIENCE"]["Fn::If"][:2] == ["HasUserPool", {"Ref": "SellersPoolClient"}]
    assert template()["Parameters"]["TenantClaim"]["Default"] == "custom:tenant"
    assert variables["SCOPE_CLAIM"]["Fn::If"][2] == {"Fn::If": ["HasUserPool", "custom:scopes", "scope"]}


def test_deleting_a_stack_keeps_its_keys():
    assert resources()["ApiKeysTable"]["DeletionPolicy"] == "RetainExceptOnCreate"
    assert resources()["ApiKeysTable"]["UpdateReplacePolicy"] == "Retain"
    recovery = properties("ApiKeysTable")["PointInTimeRecoverySpecification"]
    assert recovery == {"PointInTimeRecoveryEnabled": True}
