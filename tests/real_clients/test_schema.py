"""The judge itself: every XML answer in these tests is held against the published schema, where it is at hand."""

import unittest

from server import SCHEMA, SCHEMA_CHECK, HTTPS, Rest


class PublishedSchema(unittest.TestCase):
    def setUp(self):
        if not SCHEMA_CHECK.is_at_hand():
            self.skipTest(f"XML answers are not held against the published schema: it is not at {SCHEMA}")

    def test_an_answer_against_the_schema_is_noticed(self):
        wrong = (
            b'<tsResponse xmlns="http://tableau.com/api"><credentials token="x">'
            b'<site id="not-a-luid" contentUrl=""/><user id="7"/></credentials></tsResponse>'
        )
        self.assertNotEqual(SCHEMA_CHECK.problems(f"{HTTPS}/api/3.29/auth/signin", wrong), [])

    def test_a_right_answer_is_let_through(self):
        answer = Rest().call("GET", "serverinfo", accept="application/xml")
        self.assertEqual(SCHEMA_CHECK.problems(answer.url, answer.content), [])
