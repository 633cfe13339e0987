"""What the tests share: where the servers are, a session that judges each answer, and a plain caller of the API.

Nothing here knows the server's code. Each test makes the sites and users that it needs, so none depends on another.
"""

import base64
import hashlib
import hmac
import itertools
import json
import os
import pathlib
import re
import time
import unittest
import uuid
import xml.etree.ElementTree as ET
from xml.sax.saxutils import quoteattr

import requests
import tableauserverclient as TSC
import urllib3

HTTP = os.environ["TAVOLA_HTTP"]
HTTPS = os.environ["TAVOLA_HTTPS"]
STRICT_HTTPS = os.environ["TAVOLA_STRICT_HTTPS"]
CERTIFICATE = os.environ["TAVOLA_CERTIFICATE"]
ADMINISTRATOR = os.environ["TAVOLA_ADMIN_USER"]
PASSWORD = os.environ["TAVOLA_ADMIN_PASSWORD"]
HOME = pathlib.Path(os.environ["TAVOLA_TEST_HOME"])

NEWEST = "3.29"
NAMESPACE = "http://tableau.com/api"
LUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

# The published schema is not ours to copy: it is used where it lies beside the checkout.
SCHEMA = pathlib.Path(__file__).resolve().parents[3] / "shared/reference/ts-api_3_29.xsd"

# Scripts in the field turn verification off, and so do most tests here; the warnings would hide the results.
urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)


class Schema:
    """The published schema, if it is at hand."""

    # Answers the schema has no word for: the list of sessions is Tavola's own, the recycle bin documented but not in it.
    UNKNOWN_TO_THE_SCHEMA = re.compile(r"/api/[^/]+/sites/[^/]+/(sessions$|recyclebin)")

    def __init__(self):
        self._schema = None
        if SCHEMA.exists():
            from lxml import etree

            self._schema = etree.XMLSchema(etree.parse(str(SCHEMA)))

    def is_at_hand(self):
        return self._schema is not None

    def problems(self, url, content):
        """What is wrong with an answer, as a list of sentences."""
        if self._schema is None or self.UNKNOWN_TO_THE_SCHEMA.search(url.split("?")[0]):
            return []
        from lxml import etree

        # The schema gives restApiVersion the pattern of a build, which no server follows and no client could read.
        content = re.sub(rb"<restApiVersion>[0-9.]+<", b"<restApiVersion>20262.26.0000.0100<", content)
        # The schema has no pages of favorites, which every server sends and clients page by.
        content = re.sub(rb"<pagination [^>]*/>(?=<favorites\b)", b"", content)
        # API 2.0 has a namespace of its own, and this is the schema of 3.29.
        content = content.replace(b'xmlns="http://tableausoftware.com/api"', b'xmlns="http://tableau.com/api"')
        # The schema lets no pagination stand beside these; servers send it, and clients page by it.
        unpaged = rb"<pagination [^>]*/>(?=<(views|favorites|virtualConnections|virtualConnectionConnections)[ />])"
        content = re.sub(unpaged, b"", content)
        # Nor a flow beside its output steps.
        content = re.sub(rb"</flow><flowOutputSteps.*(?=</tsResponse>)", b"</flow>", content, flags=re.DOTALL)
        # Nor a word for the jobs that change rows, which servers call so.
        content = content.replace(b'type="UpdateUploadedFile"', b'type="RefreshExtract"')
        self._schema.validate(etree.fromstring(content))
        return [f"{entry.line}: {entry.message}" for entry in self._schema.error_log]


SCHEMA_CHECK = Schema()


class JudgingSession(requests.Session):
    """A session as `requests` makes it, which also holds each XML answer against the published schema."""

    def send(self, request, **options):
        response = super().send(request, **options)
        kind = response.headers.get("Content-Type", "")
        # A workbook that is handed back is XML too, and no answer of the API.
        is_file = "Content-Disposition" in response.headers
        if response.content and "xml" in kind and not is_file:
            problems = SCHEMA_CHECK.problems(response.url, response.content)
            if problems:
                raise AssertionError(
                    f"{request.method} {response.url} answers against the schema: {'; '.join(problems)}\n"
                    + response.text
                )
        if response.status_code == 204 and response.content:
            raise AssertionError(f"{request.method} {response.url} answers 204 with a body")
        return response


class Rest:
    """A caller as scripts write it: `requests`, a token in a header."""

    def __init__(self, server=HTTPS, version=NEWEST):
        self.server, self.version = server, version
        self.session = JudgingSession()
        # Given with each call, as scripts do: a bundle named in the environment would win over the session's own.
        self.verify = False
        self.token = self.site = self.user = None

    def url(self, path):
        return f"{self.server}/api/{self.version}/{path.lstrip('/')}"

    def call(self, method, path, body=None, accept="application/json", headers=None, **options):
        """One call. `body` is a dict for JSON or a string of XML."""
        headers = {"Accept": accept} | ({"X-Tableau-Auth": self.token} if self.token else {}) | (headers or {})
        if isinstance(body, dict):
            headers["Content-Type"] = "application/json"
            body = json.dumps(body)
        elif body is not None:
            headers["Content-Type"] = "application/xml"
        if isinstance(body, str):
            body = body.encode()
        return self.session.request(
            method, self.url(path), data=body, headers=headers, verify=self.verify, timeout=60, **options
        )

    def expect(self, status, method, path, body=None, **options):
        """One call that must end with `status`; gives the JSON of its answer."""
        response = self.call(method, path, body, **options)
        if response.status_code != status:
            raise AssertionError(f"{method} {path}: {response.status_code} instead of {status}: {response.text}")
        return response.json() if response.content else None

    def sign_in(self, credentials, content_url=""):
        """Signs in with JSON credentials and keeps what the answer says."""
        body = {"credentials": credentials | {"site": {"contentUrl": content_url}}}
        made = self.expect(200, "POST", "auth/signin", body)["credentials"]
        self.token, self.site, self.user = made["token"], made["site"]["id"], made["user"]["id"]
        return self


def by_password(name=ADMINISTRATOR, password=PASSWORD):
    return {"name": name, "password": password}


def by_token(token):
    return {"personalAccessTokenName": token["tokenName"], "personalAccessTokenSecret": token["secret"]}


class Case(unittest.TestCase):
    """A test with a server administrator at hand."""

    server = HTTPS

    def setUp(self):
        self.admin = Rest(self.server).sign_in(by_password())
        self.addCleanup(self.admin.call, "POST", "auth/signout")

    _numbers = itertools.count(1)

    def fresh_name(self, kind):
        """A name that no other test and no earlier run has."""
        return f"{kind}-{next(Case._numbers)}-{uuid.uuid4().hex[:8]}"

    def new_site(self, name=None):
        """A site of this test alone."""
        name = name or self.fresh_name("site")
        site = self.admin.expect(201, "POST", "sites", {"site": {"name": name, "contentUrl": self.fresh_name("url")}})
        return site["site"]

    def on_site(self, site):
        """The administrator, signed in to this site."""
        return Rest(self.server).sign_in(by_password(), site["contentUrl"])

    def new_user(self, rest, role="Viewer", password=None, name=None):
        """A user of the site that `rest` is signed in to."""
        name = name or self.fresh_name("user")
        user = rest.expect(201, "POST", f"sites/{rest.site}/users", {"user": {"name": name, "siteRole": role}})["user"]
        if password:
            rest.expect(200, "PUT", f"sites/{rest.site}/users/{user['id']}", {"user": {"password": password}})
        return user

    def new_token(self, rest, name=None):
        """A personal access token of the user that `rest` is signed in as."""
        answer = rest.expect(
            201,
            "POST",
            f"sites/{rest.site}/users/{rest.user}/personal-access-tokens",
            {"personalAccessToken": {"tokenName": name or self.fresh_name("token")}},
        )
        return answer["personalAccessTokenWithSecret"]

    def new_connected_app(self, rest):
        """A connected app and a secret of it, on the site that `rest` is signed in to."""
        path = f"sites/{rest.site}/connected-apps/direct-trust"
        app = rest.expect(
            201, "POST", path, {"connectedApplication": {"name": self.fresh_name("app"), "enabled": True}}
        )["connectedApplication"]
        secret = rest.expect(201, "POST", f"{path}/{app['clientId']}/secrets")["connectedApplicationSecret"]
        return ConnectedApp(app["clientId"], secret["id"], secret["value"])

    def tsc(self, credentials=None, **options):
        """A TSC server that judges each answer; signed in when there are credentials."""
        server = TSC.Server(
            options.pop("address", self.server),
            http_options=options.pop("http_options", {"verify": False}),
            session_factory=JudgingSession,
            **options,
        )
        if credentials:
            server.auth.sign_in(credentials)
            self.addCleanup(server.auth.sign_out)
        return server

    def tsc_admin(self, content_url=""):
        """TSC, signed in as the administrator, speaking the server's own version."""
        return self.tsc(TSC.TableauAuth(ADMINISTRATOR, PASSWORD, site_id=content_url), use_server_version=True)

    def assert_luid(self, text):
        self.assertRegex(text, LUID)

    def assert_refused(self, response, status, code, summary=None):
        """The answer is the protocol's error, in the encoding that was asked for."""
        self.assertEqual(response.status_code, status, response.text)
        if "json" in response.headers["Content-Type"]:
            error = response.json()["error"]
            found, told = error["code"], error["summary"]
        else:
            error = ET.fromstring(response.content).find(f"{{{NAMESPACE}}}error")
            found, told = error.get("code"), error.findtext(f"{{{NAMESPACE}}}summary")
        self.assertEqual(found, code, response.text)
        if summary:
            self.assertEqual(told, summary)


class ConnectedApp:
    """Signs JSON web tokens as the documentation of connected apps shows it, with nothing but the standard library."""

    def __init__(self, client_id, secret_id, secret):
        self.client_id, self.secret_id, self.secret = client_id, secret_id, secret

    def sign(self, user, scopes, header=None, **claims):
        header = {"alg": "HS256", "typ": "JWT", "kid": self.secret_id, "iss": self.client_id} | (header or {})
        claims = {
            "iss": self.client_id,
            "aud": "tableau",
            "sub": user,
            "exp": int(time.time()) + 300,
            "jti": str(uuid.uuid4()),
            "scp": scopes,
        } | claims
        signed = ".".join(_base64(json.dumps(part).encode()) for part in (header, claims))
        signature = hmac.new(self.secret.encode(), signed.encode(), hashlib.sha256).digest()
        return f"{signed}.{_base64(signature)}"


def _base64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def xml_credentials(attributes, content_url=""):
    """The body of a sign-in as the reference shows it."""
    attributes = " ".join(f"{name}={quoteattr(value)}" for name, value in attributes.items())
    return f"<tsRequest><credentials {attributes}><site contentUrl={quoteattr(content_url)}/></credentials></tsRequest>"
