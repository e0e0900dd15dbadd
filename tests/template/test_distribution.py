"""The distribution: what CloudFront may read, what it keeps, and what it passes on."""

import json
import re

import pytest

from limner.keys import PUBLIC_PREFIX, photo_prefixes, public_photo_prefix
from limner.views.headers import IMMUTABLE, cache_control
from tests import makers
from tests.template_reader import environment, properties, resources, statements, template

CACHING_DISABLED = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
ALL_VIEWER_EXCEPT_HOST_HEADER = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
"""Amazon CloudFront developer guide, "Use managed cache policies" and "Use managed origin request policies"."""
ERRORS_THAT_CLOUDFRONT_KEEPS = {400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504}
"""The same, "How CloudFront caches HTTP 4xx and 5xx status codes"."""
OF_THE_DISTRIBUTION = [
    name for name, each in resources().items() if each["Type"].startswith("AWS::CloudFront::")
]


def config():
    return properties("Distribution")["DistributionConfig"]


def behaviours():
    return {each["PathPattern"]: each for each in config()["CacheBehaviors"]}


@pytest.mark.parametrize("name", OF_THE_DISTRIBUTION)
def test_the_distribution_is_made_by_parameter(name):
    assert resources()[name]["Condition"] == "HasPublicDomain"
    assert template()["Parameters"]["PublicDomain"]["Default"] == ""


def test_cloudfront_may_read_public_pictures_of_this_stack_and_nothing_else():
    *_, conditional = properties("ResultsBucketTakesTlsOnly")["PolicyDocument"]["Statement"]
    condition, statement, otherwise = conditional["Fn::If"]
    assert (condition, otherwise) == ("HasPublicDomain", {"Ref": "AWS::NoValue"})
    assert statement["Principal"] == {"Service": "cloudfront.amazonaws.com"}
    assert statement["Action"] == "s3:GetObject"
    assert statement["Resource"] == {"Fn::Sub": f"${{ResultsBucket.Arn}}/{PUBLIC_PREFIX}*"}
    assert statement["Condition"]["StringEquals"]["aws:SourceArn"]["Fn::Sub"].endswith("${Distribution}")
    for bucket_policy in resources("AWS::S3::BucketPolicy").values():
        text = json.dumps(bucket_policy)
        assert text.count('"Allow"') == text.count("cloudfront.amazonaws.com") + text.count(
            '"s3.amazonaws.com"'
        )


def test_of_a_photos_prefixes_one_is_readable_and_the_path_is_the_key():
    readable = [prefix for prefix in photo_prefixes(makers.KEY) if prefix.startswith(PUBLIC_PREFIX)]
    assert readable == [public_photo_prefix(makers.KEY)]
    (pattern,) = [path for path, each in behaviours().items() if each["TargetOriginId"] == "pictures"]
    assert pattern == f"/{PUBLIC_PREFIX}*"
    (origin,) = [each for each in config()["Origins"] if each["Id"] == "pictures"]
    assert "OriginPath" not in origin
    assert origin["OriginAccessControlId"] == {"Fn::GetAtt": ["PicturesAccess", "Id"]}
    signing = properties("PicturesAccess")["OriginAccessControlConfig"]
    assert (signing["SigningBehavior"], signing["SigningProtocol"]) == ("always", "sigv4")


def test_answers_about_a_caller_are_not_kept_and_credentials_are_passed_on():
    default = config()["DefaultCacheBehavior"]
    assert default["TargetOriginId"] == "api"
    assert default["CachePolicyId"] == CACHING_DISABLED
    assert default["OriginRequestPolicyId"] == ALL_VIEWER_EXCEPT_HOST_HEADER
    assert {"GET", "PUT", "POST", "DELETE", "OPTIONS"} <= set(default["AllowedMethods"])


def test_no_error_is_kept_for_another_caller():
    kept = {each["ErrorCode"]: each["ErrorCachingMinTTL"] for each in config()["CustomErrorResponses"]}
    assert kept == dict.fromkeys(ERRORS_THAT_CLOUDFRONT_KEEPS, 0)


def test_only_paths_that_are_equal_for_everybody_are_kept():
    kept = {
        path for path, each in behaviours().items() if each["CachePolicyId"] == {"Ref": "PublicAnswersCache"}
    }
    assert kept == {"/assets/*", "/v1/styles", "/openapi.json"}
    public = {properties(name)["RouteKey"] for name in resources("AWS::ApiGatewayV2::Route")
              if properties(name)["AuthorizationType"] == "NONE"}  # fmt: skip
    for path in kept:
        assert f"GET {path.replace('*', '{proxy+}')}" in public | {"GET /assets/{proxy+}"}
    maximum = properties("PublicAnswersCache")["CachePolicyConfig"]["MaxTTL"]
    for header in (IMMUTABLE, cache_control("GET", "/v1/styles"), cache_control("GET", "/openapi.json")):
        seconds = re.search(r"public, max-age=(\d+)", header)
        assert seconds
        assert 0 < int(seconds[1]) <= maximum


def test_a_style_can_be_made_through_the_distribution():
    styles = behaviours()["/v1/styles"]
    assert "POST" in styles["AllowedMethods"]
    assert styles["OriginRequestPolicyId"] == ALL_VIEWER_EXCEPT_HOST_HEADER
    assert cache_control("POST", "/v1/styles") == "private, no-store"


def test_what_was_erased_is_at_the_edge_for_a_day_at_most():
    policy = properties("PicturesCache")["CachePolicyConfig"]
    assert policy["MaxTTL"] == 24 * 60 * 60
    key = policy["ParametersInCacheKeyAndForwardedToOrigin"]
    assert key["QueryStringsConfig"] == {"QueryStringBehavior": "none"}
    assert key["CookiesConfig"] == {"CookieBehavior": "none"}


def test_the_eraser_tells_this_distribution_alone():
    (statement,) = [
        s for s in statements("EraserFunction") if "cloudfront:CreateInvalidation" in json.dumps(s)
    ]
    assert statement["Action"] == "cloudfront:CreateInvalidation"
    assert statement["Resource"]["Fn::Sub"].endswith(":distribution/${Distribution}")
    assert environment("EraserFunction")["DISTRIBUTION"] == {
        "Fn::If": ["HasPublicDomain", {"Ref": "Distribution"}, ""]
    }


def test_pictures_have_the_address_of_the_domain_or_of_what_stands_for_it():
    condition, of_domain, otherwise = environment("StorefrontFunction")["PICTURES_URL"]["Fn::If"]
    assert (condition, of_domain) == ("HasPublicDomain", {"Fn::Sub": "https://${PublicDomain}"})
    assert otherwise == {"Ref": "PicturesEndpoint"}
    assert template()["Parameters"]["PicturesEndpoint"]["Default"] == ""
    rule = template()["Rules"]["PicturesEndpointIsLocal"]
    assert rule["RuleCondition"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "Stage"}, "dev"]}]}


def test_the_domain_needs_a_certificate_and_tls():
    asserted = json.dumps(template()["Rules"]["PublicDomainIsServed"]["Assertions"])
    assert "PublicCertificateArn" in asserted
    assert "RequireTls" in asserted
    assert config()["ViewerCertificate"]["MinimumProtocolVersion"].startswith("TLSv1.2")
    every = [config()["DefaultCacheBehavior"], *config()["CacheBehaviors"]]
    assert {each["ViewerProtocolPolicy"] for each in every} == {"https-only"}


def test_a_firewall_stands_before_it_by_parameter():
    assert config()["WebACLId"]["Fn::If"][:2] == ["HasWebAcl", {"Ref": "WebAclArn"}]


def test_no_log_has_client_addresses():
    assert "Logging" not in config()
