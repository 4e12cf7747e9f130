"""The dev script explains itself and refuses what it does not know."""

import pathlib
import re
import subprocess
import unittest

DEV = pathlib.Path(__file__).resolve().parents[2] / "dev"


def dev(*arguments):
    return subprocess.run([DEV, *arguments], capture_output=True, text=True, check=False)


class DevTest(unittest.TestCase):
    def test_every_command_has_help_of_its_own(self):
        summary = dev("help")
        self.assertEqual(summary.returncode, 0)
        commands = re.findall(r"^  (\w+) ", summary.stdout, re.MULTILINE)
        self.assertGreaterEqual(len(commands), 10)
        for command in commands:
            if command == "help":
                continue
            done = dev(command, "--help")
            self.assertEqual(done.returncode, 0, command)
            self.assertTrue(done.stdout.startswith(f"./dev {command}"), done.stdout)

    def test_unknown_words_are_named(self):
        for arguments in (["frobnicate"], ["fmt", "--frobnicate"], ["build", "frobnicate"],
                          ["deps", "frobnicate"], ["fuzz", "--frobnicate"],
                          ["test", "--frobnicate"]):
            done = dev(*arguments)
            self.assertEqual(done.returncode, 2, arguments)
            self.assertIn("frobnicate", done.stderr)

    def test_expectations_are_not_rewritten_wholesale(self):
        done = dev("test", "--rewrite")
        self.assertEqual(done.returncode, 2)
        self.assertIn("--rewrite needs a FILTER", done.stderr)


if __name__ == "__main__":
    unittest.main()
