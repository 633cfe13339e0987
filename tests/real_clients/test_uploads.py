"""Files in blocks, as published clients and scripts put their bodies together."""

import io
import os
from unittest import mock

import tableauserverclient as TSC
from tableauserverclient.config import config
from tableauserverclient.server import RequestFactory
from tableauserverclient.server.endpoint.exceptions import ServerResponseError

from server import Case

MEGABYTE = 1024 * 1024


class Uploads(Case):
    def test_tsc_uploads_a_file_in_blocks(self):
        server = self.tsc_admin()
        with mock.patch.dict(os.environ, {"TSC_CHUNK_SIZE_MB": "1"}):
            self.assertEqual(config.CHUNK_SIZE_MB, 1)
            upload = server.fileuploads.upload(io.BytesIO(os.urandom(3 * MEGABYTE + 5)))
        self.assertRegex(upload, r"^[0-9]+:[0-9a-fA-F]+-[0-9]+:[0-9]+$")
        body, content_type = RequestFactory.Fileupload.chunk_req(b"and more")
        self.assertEqual(server.fileuploads.append(upload, body, content_type).file_size, 4)

    def test_tsc_begins_an_upload_and_appends_to_it(self):
        server = self.tsc_admin()
        upload = server.fileuploads.initiate()
        body, content_type = RequestFactory.Fileupload.chunk_req(b"\r\n--boundary\n" * 1000)
        item = server.fileuploads.append(upload, body, content_type)
        self.assertEqual((item.upload_session_id, item.file_size), (upload, 1))

    def test_tsc_is_told_why_it_may_not_upload(self):
        password = "a good password"
        user = self.new_user(self.admin, role="Viewer", password=password)
        server = self.tsc(TSC.TableauAuth(user["name"], password), use_server_version=True)
        with self.assertRaises(ServerResponseError) as refused:
            server.fileuploads.initiate()
        self.assertEqual(refused.exception.code, "403015")

    def initiate(self):
        answer = self.admin.expect(201, "POST", f"sites/{self.admin.site}/fileUploads")
        return answer["fileUpload"]["uploadSessionId"]

    def put(self, upload, body, content_type, query=""):
        rest = self.admin
        return rest.session.put(
            rest.url(f"sites/{rest.site}/fileUploads/{upload}{query}"),
            data=body,
            headers={"X-Tableau-Auth": rest.token, "Content-Type": content_type},
            verify=rest.verify,
            timeout=60,
        )

    def test_scripts_put_bodies_together_by_hand(self):
        upload = self.initiate()
        for end in ("\n", "\r\n"):
            body = end.join(
                [
                    "--a-boundary",
                    'Content-Disposition: name="request_payload"',
                    "Content-Type: text/xml",
                    "",
                    "",
                    "--a-boundary",
                    'Content-Disposition: name="tableau_file"; filename="file.twbx"',
                    "Content-Type: application/octet-stream",
                    "",
                    "the bytes",
                    "--a-boundary--",
                ]
            )
            with self.subTest(end=end):
                answer = self.put(upload, body.encode(), "multipart/mixed; boundary=a-boundary")
                self.assertEqual((answer.status_code, b'fileSize="1"' in answer.content), (200, True), answer.text)

    def test_requests_sends_its_own_form_and_streams(self):
        rest = self.admin
        upload = self.initiate()
        path = rest.url(f"sites/{rest.site}/fileUploads/{upload}?sequenceID=1")
        answer = rest.session.put(
            path,
            files={"tableau_file": ("ein Größenvergleich.twbx", os.urandom(MEGABYTE))},
            headers={"X-Tableau-Auth": rest.token},
            verify=rest.verify,
            timeout=60,
        )
        self.assertEqual(answer.status_code, 200, answer.text)

        def pieces():
            yield b'--b\r\nContent-Disposition: form-data; name="tableau_file"\r\n\r\n'
            for _ in range(32):
                yield os.urandom(MEGABYTE // 16)
            yield b"\r\n--b--\r\n"

        answer = self.put(upload, pieces(), 'multipart/form-data; boundary="b"', "?sequenceID=0")
        self.assertEqual((answer.status_code, b'fileSize="3"' in answer.content), (200, True), answer.text)

    def test_a_block_beyond_the_limit_and_a_stranger_are_refused(self):
        upload = self.initiate()
        body, content_type = RequestFactory.Fileupload.chunk_req(bytes(64 * MEGABYTE + 1))
        self.assert_refused(self.put(upload, body, content_type), 400, "400016")
        body, content_type = RequestFactory.Fileupload.chunk_req(b"x")
        unknown = "1:170fe6b1c1c7422dadff20f944d58a52-1:0"
        self.assert_refused(self.put(unknown, body, content_type), 404, "404015")
