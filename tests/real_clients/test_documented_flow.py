"""The flow that the reference documents, as scripts write it with `requests`: sign in, call, sign out."""

import socket
import ssl
import xml.etree.ElementTree as ET

import requests

from server import (
    CERTIFICATE,
    HTTP,
    HTTPS,
    NAMESPACE,
    STRICT_HTTPS,
    Case,
    Rest,
    by_password,
    by_token,
    xml_credentials,
)

T = {"t": NAMESPACE}


class DocumentedFlow(Case):
    def flow_in_xml(self, credentials, content_url, user, verify=False, server=HTTPS):
        rest = Rest(server)
        rest.verify = verify
        answer = rest.call("POST", "auth/signin", xml_credentials(credentials, content_url), accept="*/*")
        self.assertEqual(answer.status_code, 200, answer.text)
        self.assertRegex(answer.headers["Content-Type"], r"^application/xml;\s*charset=utf-8$")
        self.assertTrue(answer.text.startswith("<?xml version="), answer.text[:40])
        document = ET.fromstring(answer.content)
        self.assertEqual(document.tag, f"{{{NAMESPACE}}}tsResponse")
        made = document.find("t:credentials", T)
        token, site = made.get("token"), made.find("t:site", T)
        self.assertGreaterEqual(len(token), 32)
        self.assert_luid(site.get("id"))
        self.assertEqual(site.get("contentUrl"), content_url)
        self.assertEqual(made.find("t:user", T).get("id"), user["id"])

        path = f"sites/{site.get('id')}/users/{user['id']}"
        headers = {"X-Tableau-Auth": token}
        answer = rest.call("GET", path, accept="*/*", headers=headers)
        self.assertEqual(answer.status_code, 200, answer.text)
        found = ET.fromstring(answer.content).find("t:user", T)
        self.assertEqual((found.get("id"), found.get("name")), (user["id"], user["name"]))

        answer = rest.call("POST", "auth/signout", accept="*/*", headers=headers)
        self.assertEqual((answer.status_code, answer.content), (204, b""))
        answer = rest.call("GET", path, accept="*/*", headers=headers)
        self.assertIn("application/xml", answer.headers["Content-Type"])
        self.assert_refused(answer, 401, "401002")

    def flow_in_json(self, credentials, content_url, user):
        rest = Rest()
        answer = rest.call("POST", "auth/signin", {"credentials": credentials | {"site": {"contentUrl": content_url}}})
        self.assertEqual(answer.status_code, 200, answer.text)
        self.assertRegex(answer.headers["Content-Type"], r"^application/json;\s*charset=utf-8$")
        document = answer.json()
        self.assertEqual(list(document), ["credentials"])
        made = document["credentials"]
        self.assertGreaterEqual(len(made["token"]), 32)
        self.assert_luid(made["site"]["id"])
        self.assertEqual(made["site"]["contentUrl"], content_url)
        self.assertEqual(made["user"]["id"], user["id"])

        path = f"sites/{made['site']['id']}/users/{user['id']}"
        headers = {"X-Tableau-Auth": made["token"]}
        found = rest.expect(200, "GET", path, headers=headers)["user"]
        self.assertEqual((found["id"], found["name"]), (user["id"], user["name"]))

        answer = rest.call("POST", "auth/signout", headers=headers)
        self.assertEqual((answer.status_code, answer.content), (204, b""))
        answer = rest.call("GET", path, headers=headers)
        self.assertIn("application/json", answer.headers["Content-Type"])
        self.assert_refused(answer, 401, "401002")

    def administrator(self, rest):
        return rest.expect(200, "GET", f"sites/{rest.site}/users/{rest.user}")["user"]

    def test_by_password_to_the_default_site_in_xml(self):
        self.flow_in_xml(by_password(), "", self.administrator(self.admin))

    def test_by_password_to_the_default_site_in_json(self):
        self.flow_in_json(by_password(), "", self.administrator(self.admin))

    def test_by_password_to_a_named_site_in_xml(self):
        site = self.new_site()
        self.flow_in_xml(by_password(), site["contentUrl"], self.administrator(self.on_site(site)))

    def test_by_password_to_a_named_site_in_json(self):
        site = self.new_site()
        self.flow_in_json(by_password(), site["contentUrl"], self.administrator(self.on_site(site)))

    def test_by_personal_access_token_in_xml(self):
        site = self.new_site()
        rest = self.on_site(site)
        self.flow_in_xml(by_token(self.new_token(rest)), site["contentUrl"], self.administrator(rest))

    def test_by_personal_access_token_in_json(self):
        site = self.new_site()
        rest = self.on_site(site)
        self.flow_in_json(by_token(self.new_token(rest)), site["contentUrl"], self.administrator(rest))

    def test_over_plain_http(self):
        self.flow_in_xml(by_password(), "", self.administrator(self.admin), server=HTTP)

    def test_with_the_self_signed_certificate_trusted(self):
        self.flow_in_xml(by_password(), "", self.administrator(self.admin), verify=CERTIFICATE)
        by_name = HTTPS.replace("127.0.0.1", "localhost")
        self.flow_in_xml(by_password(), "", self.administrator(self.admin), verify=CERTIFICATE, server=by_name)

    def test_the_certificate_is_not_trusted_by_itself(self):
        with self.assertRaises(requests.exceptions.SSLError) as refused:
            requests.get(f"{HTTPS}/api/3.29/serverinfo", timeout=10)
        self.assertIn("CERTIFICATE_VERIFY_FAILED", str(refused.exception))

    def test_the_server_speaks_tls_1_2_and_1_3(self):
        for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            context = ssl.create_default_context(cafile=CERTIFICATE)
            context.minimum_version = context.maximum_version = version
            host, port = HTTPS.removeprefix("https://").split(":")
            with socket.create_connection((host, int(port)), timeout=10) as plain:
                with context.wrap_socket(plain, server_hostname=host) as tls:
                    self.assertEqual(tls.version(), version.name.replace("v1_", "v1."))

    def test_a_user_signs_in_with_a_password_of_any_characters(self):
        user = self.new_user(self.admin, password=(password := "p&\"<>'ä\t漢 %2F"))
        self.flow_in_xml(by_password(user["name"], password), "", user)
        self.flow_in_json(by_password(user["name"], password), "", user)

    def test_a_body_without_content_type_is_read_as_xml(self):
        request = requests.Request("POST", self.admin.url("auth/signin"), data=xml_credentials(by_password()).encode())
        prepared = request.prepare()
        self.assertNotIn("Content-Type", prepared.headers)
        answer = Rest().session.send(prepared, verify=False)
        self.assertEqual(answer.status_code, 200, answer.text)

    def test_wrong_credentials_are_refused_alike(self):
        site = self.new_site()
        token = self.new_token(self.admin)
        wrong = [
            (by_password(self.fresh_name("nobody"), "wrong"), ""),
            (by_token(token | {"secret": "wrong"}), ""),
            (by_token(token | {"tokenName": "wrong"}), ""),
            (by_password(), site["contentUrl"] + "-wrong"),
            ({"jwt": "not.a.token"}, ""),
        ]
        seen = set()
        for credentials, content_url in wrong:
            body = {"credentials": credentials | {"site": {"contentUrl": content_url}}}
            answer = Rest().call("POST", "auth/signin", body)
            self.assert_refused(answer, 401, "401001", "Signin Error")
            if "jwt" not in credentials:
                seen.add(answer.json()["error"]["detail"])
        self.assertEqual(len(seen), 1, seen)

    def test_sign_in_refuses_contradictory_credentials(self):
        both = by_password() | by_token(self.new_token(self.admin))
        answer = Rest().call("POST", "auth/signin", {"credentials": both | {"site": {"contentUrl": ""}}})
        self.assert_refused(answer, 400, "400000")

    def test_without_a_token_and_with_garbage_for_one_nothing_is_told(self):
        path = f"sites/{self.admin.site}/users"
        self.assert_refused(Rest().call("GET", path), 401, "401000")
        garbage = {"X-Tableau-Auth": "garbage"}
        self.assert_refused(Rest().call("GET", path, headers=garbage), 401, "401002")
        self.assert_refused(Rest().call("GET", path, headers=garbage, accept="application/xml"), 401, "401002")

    def test_the_names_of_headers_have_no_case(self):
        for name in ("x-tableau-auth", "X-TABLEAU-AUTH"):
            found = Rest().expect(200, "GET", "sessions/current", headers={name: self.admin.token})
            self.assertEqual(found["session"]["user"]["id"], self.admin.user)

    def test_sign_out_ends_one_session_and_no_other(self):
        first, second = Rest().sign_in(by_password()), Rest().sign_in(by_password())
        first.expect(204, "POST", "auth/signout")
        second.expect(200, "GET", "sessions/current")
        self.assert_refused(first.call("POST", "auth/signout"), 401, "401002")

    def test_versions_from_2_0_are_answered_and_a_newer_one_is_refused(self):
        for version in ("2.0", "2.8", "3.0", "3.4", "3.21", "3.29"):
            rest = Rest(version=version)
            answer = rest.call("POST", "auth/signin", xml_credentials(by_password()), accept="application/xml")
            self.assertEqual(answer.status_code, 200, f"{version}: {answer.text}")
            namespace = "http://tableausoftware.com/api" if version == "2.0" else NAMESPACE
            self.assertEqual(ET.fromstring(answer.content).tag, f"{{{namespace}}}tsResponse")
        for version in ("3.30", "4.0"):
            answer = Rest(version=version).call("POST", "auth/signin", xml_credentials(by_password()))
            self.assertEqual(answer.status_code, 404, answer.text)
            self.assertIn(answer.json()["error"]["code"], ("404001", "404003"))

    def test_server_info_needs_no_sign_in_and_is_found_in_both_spellings(self):
        for path in ("serverinfo", "serverInfo"):
            found = Rest(version="2.4").call("GET", path, accept="application/xml")
            self.assertEqual(found.status_code, 200, found.text)
            info = Rest().expect(200, "GET", path)["serverInfo"]
            self.assertEqual(info["restApiVersion"], "3.29")
            self.assertEqual(set(info["productVersion"]), {"value", "build"})

    def test_what_does_not_exist_is_an_error_of_the_protocol(self):
        for accept in ("application/json", "application/xml"):
            for method, path, status, code in (
                ("GET", "no/such/thing", 404, "404003"),
                ("PATCH", "sessions/current", 405, "405000"),
                ("GET", f"sites/{self.admin.site}/users/00000000-0000-4000-8000-000000000000", 404, "404002"),
            ):
                with self.subTest(path=path, accept=accept):
                    self.assert_refused(self.admin.call(method, path, accept=accept), status, code)


class Sessions(Case):
    def test_the_current_session_names_its_site_and_user(self):
        rest = self.on_site(site := self.new_site())
        session = rest.expect(200, "GET", "sessions/current")["session"]
        self.assertEqual(session["site"], {"id": site["id"], "name": site["name"], "contentUrl": site["contentUrl"]})
        self.assertEqual(session["user"]["id"], rest.user)

    def test_switching_the_site_gives_a_new_token_and_ends_the_old_one(self):
        site = self.new_site()
        rest = Rest().sign_in(by_password())
        made = rest.expect(200, "POST", "auth/switchSite", {"site": {"contentUrl": site["contentUrl"]}})["credentials"]
        self.assertEqual(made["site"]["id"], site["id"])
        self.assert_refused(rest.call("GET", "sessions/current"), 401, "401002")
        rest.token = made["token"]
        rest.expect(200, "GET", f"sites/{site['id']}/users")
        same = rest.call("POST", "auth/switchSite", {"site": {"contentUrl": site["contentUrl"]}})
        self.assert_refused(same, 403, "403070")

    def test_a_token_of_one_site_opens_no_other(self):
        site, other = self.new_site(), self.new_site()
        rest = self.on_site(site)
        answer = rest.call("GET", f"sites/{other['id']}/users")
        self.assertIn(answer.status_code, (401, 403, 404), answer.text)
        self.assertNotIn(other["name"], answer.text)

    def test_an_administrator_lists_sessions_and_ends_one(self):
        user = self.new_user(self.admin, password="a good password")
        rest = Rest().sign_in(by_password(user["name"], "a good password"))
        listed = self.admin.expect(200, "GET", f"sites/{self.admin.site}/sessions?pageSize=1000")["sessions"]["session"]
        [session] = [session for session in listed if session["user"]["id"] == user["id"]]
        self.assertNotIn(rest.token, str(listed))
        self.admin.expect(204, "DELETE", f"sessions/{session['id']}")
        self.assert_refused(rest.call("GET", "sessions/current"), 401, "401002")

    def test_a_new_password_ends_the_sessions_of_the_old_one(self):
        user = self.new_user(self.admin, password="a good password")
        rest = Rest().sign_in(by_password(user["name"], "a good password"))
        path = f"sites/{self.admin.site}/users/{user['id']}"
        self.admin.expect(200, "PUT", path, {"user": {"password": "a better password"}})
        self.assert_refused(rest.call("GET", "sessions/current"), 401, "401002")
        Rest().sign_in(by_password(user["name"], "a better password"))

    def test_a_revoked_personal_access_token_takes_its_sessions_along(self):
        token = self.new_token(self.admin)
        first = Rest().sign_in(by_token(token))
        second = Rest().sign_in(by_token(token))
        first.expect(200, "GET", "sessions/current")
        path = f"sites/{self.admin.site}/users/{self.admin.user}/personal-access-tokens"
        listed = self.admin.expect(200, "GET", path)["personalAccessTokens"]["personalAccessToken"]
        [entry] = [entry for entry in listed if entry["tokenName"] == token["tokenName"]]
        self.assertNotIn("secret", entry)
        self.admin.expect(204, "DELETE", f"{path}/{entry['tokenGuid']}")
        for rest in (first, second):
            self.assert_refused(rest.call("GET", "sessions/current"), 401, "401002")
        body = {"credentials": by_token(token) | {"site": {"contentUrl": ""}}}
        self.assert_refused(Rest().call("POST", "auth/signin", body), 401, "401001")


class StrictServer(Case):
    server = STRICT_HTTPS

    def test_a_second_sign_in_with_a_personal_access_token_ends_the_first(self):
        token = self.new_token(self.admin)
        first = Rest(self.server).sign_in(by_token(token))
        first.expect(200, "GET", "sessions/current")
        second = Rest(self.server).sign_in(by_token(token))
        self.assert_refused(first.call("GET", "sessions/current"), 401, "401002")
        second.expect(200, "GET", "sessions/current")
