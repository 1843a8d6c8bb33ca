#!/usr/bin/env python3
"""The configuration as its operator meets it: commands, exit codes, editors and machine formats.

Run by `./dev test` with a Python that has jsonschema, PyYAML and sarif-pydantic.
"""
import json
import os
import pathlib
import pty
import shutil
import sys
import tempfile
import unittest

import jsonschema
import sarif_pydantic
import yaml

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support import ROOT, VIGIL  # noqa: E402
from support.processes import vigil  # noqa: E402

FILES = ("app", "policy", "universe", "signals", "strategies")

MISTAKES = """
risk: {max_open_position: 5, max_position_size_pct: 30, allow_pyramiding: yes}
exits: {enabled: false}
governance: {emergency_slack_webhook: https://hooks.example.com/s3cr3t}
circuit_breakers: {min_eligible_assets: 2}
""".lstrip()


class Config(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="vigil-config-")))

    def directory(self, name="config", **texts):
        """The shipped files, with others in the place of some."""
        path = self.folder / name
        shutil.copytree(ROOT / "config", path)
        for file, text in texts.items():
            (path / f"{file}.yaml").write_text(text)
        return path


class Editors(Config):
    def setUp(self):
        super().setUp()
        self.schemas = {name: json.loads((ROOT / f"config/schema/{name}.json").read_text()) for name in FILES}

    def errors(self, file, text):
        validator = jsonschema.Draft202012Validator(self.schemas[file])
        return [error.message for error in validator.iter_errors(yaml.safe_load(text))]

    def test_schemas_are_schemas_and_shipped_files_pass(self):
        for name in FILES:
            jsonschema.Draft202012Validator.check_schema(self.schemas[name])
            text = (ROOT / f"config/{name}.yaml").read_text()
            self.assertTrue(text.startswith(f"# yaml-language-server: $schema=schema/{name}.json\n"))
            self.assertEqual(self.errors(name, text), [])

    def test_an_editor_flags_a_wrong_type_a_range_and_an_unknown_key(self):
        for text in (
            "risk: {max_open_positions: five}", "risk: {max_open_positions: 0}",
            "risk: {max_open_position: 5}", "risk: {max_per_theme_pct: {MEME: lots}}",
            "execution: {taker_fallback: 3}", "profiles: {calm: {min_conviction: 2}}",
        ):
            self.assertEqual(len(self.errors("policy", text)), 1, text)
        self.assertEqual(len(self.errors("universe", "exclusions: {never_trade: [BTC]}")), 1)

    def test_old_names_are_struck_out_and_not_refused(self):
        self.assertEqual(self.errors("policy", "strategy: {max_open_positions: 12}\nai: {enabled: false}"), [])
        section = self.schemas["policy"]["properties"]["strategy"]["properties"]["max_open_positions"]
        self.assertTrue(section["deprecated"])


class Machines(Config):
    def test_json_and_sarif_say_the_same(self):
        path = self.directory(policy=MISTAKES)
        plain = json.loads(vigil("check", path, "--format", "json").stdout)
        text = vigil("check", path, "--format", "sarif").stdout
        log = sarif_pydantic.Sarif.model_validate_json(text)
        run = log.runs[0]
        self.assertEqual(
            [(result.rule_id, result.level.value) for result in run.results],
            [(finding["code"], finding["severity"]) for finding in plain["findings"]],
        )
        rules = {rule.id for rule in run.tool.driver.rules}
        for result, finding in zip(run.results, plain["findings"]):
            self.assertIn(result.rule_id, rules)
            self.assertIn(finding["help"], result.message.text)
            region = result.locations[0].physical_location.region
            if finding["places"][0]["line"]:
                self.assertEqual(
                    (region.start_line, region.start_column),
                    (finding["places"][0]["line"], finding["places"][0]["column"]),
                )
        self.assertEqual(plain["errors"] + plain["warnings"], len(plain["findings"]))

    @unittest.skipUnless(os.environ.get("VIGIL_SARIF_SCHEMA"), "the OASIS schema is named by VIGIL_SARIF_SCHEMA")
    def test_sarif_is_what_oasis_says(self):
        schema = json.loads(pathlib.Path(os.environ["VIGIL_SARIF_SCHEMA"]).read_text())
        log = json.loads(vigil("check", self.directory(policy=MISTAKES), "--format", "sarif").stdout)
        jsonschema.validators.validator_for(schema)(schema).validate(log)


class People(Config):
    def test_all_problems_a_summary_and_the_exit_code(self):
        result = vigil("check", self.directory(policy=MISTAKES))
        self.assertEqual(result.returncode, 78)
        for code in ("V0003", "V0005", "V0106", "V0012", "V0013"):
            self.assertIn(f"error[{code}]", result.stderr)
        self.assertRegex(result.stderr, r"\n5 errors, \d+ warnings?\n$")
        self.assertNotIn("\x1b", result.stderr)

    def test_a_terminal_gets_colour(self):
        path = self.directory(policy=MISTAKES)
        chunks = []

        def read(descriptor):
            data = os.read(descriptor, 4096)
            chunks.append(data)
            return b""

        pty.spawn([VIGIL, "check", str(path)], read, lambda _: b"")
        self.assertIn(b"\x1b[1;31merror[V0003]\x1b[0m", b"".join(chunks))

    def test_a_secret_is_never_shown(self):
        path = self.directory(policy=MISTAKES)
        for arguments in (["check", path], ["check", path, "--format", "json"], ["check", path, "--format", "sarif"],
                          ["config", "diff", path, ROOT / "config"], ["config", "migrate", path]):
            result = vigil(*arguments)
            self.assertNotIn("s3cr3t", result.stdout + result.stderr)

    def test_the_shipped_files_pass_strictly(self):
        result = vigil("check", "--strict", ROOT / "config")
        self.assertEqual((result.returncode, result.stderr), (0, ""))

    def test_strict_and_live(self):
        path = self.directory(app="app: {mode: PAPER}\npaper: {initial_cash_usd: 600}\n")
        self.assertEqual(vigil("check", path).returncode, 0)
        self.assertEqual(vigil("check", path, "--strict").returncode, 78)
        live = vigil("check", self.directory("live"), "--mode", "live")
        self.assertEqual(live.returncode, 78)
        self.assertIn("error[V0193]", live.stderr)
        self.assertIn("error[V0204]", live.stderr)
        policy = (ROOT / "config/policy.yaml").read_text().replace("\nrisk:\n", "\nrisk:\n  capital_max_usd: 10000\n")
        read = self.directory("read", app="app: {mode: LIVE}\nacknowledged: [V0193]\n", policy=policy)
        self.assertEqual(vigil("check", read).returncode, 0)
        # What passes for LIVE still does not trade: there is no LIVE yet.
        refused = vigil("run", "--mode", "paper", "--config", read, "--state", self.folder / "state", "--once")
        self.assertEqual(refused.returncode, 64)

    def test_the_environment_is_expanded(self):
        path = self.directory(app="app: {mode: PAPER}\npaper: {initial_cash_usd: '${CASH}'}\n")
        unknown = vigil("check", path)
        self.assertEqual((unknown.returncode, "warning[V0011]" in unknown.stderr), (0, True))
        known = vigil("check", path, "--strict", env={**os.environ, "CASH": "20000"})
        self.assertEqual(known.returncode, 0, known.stderr)
        # What is in the environment is nobody else's to see, also where it is the number that it should be.
        told = vigil("config", "diff", ROOT / "config", path, env={**os.environ, "CASH": "20123"})
        self.assertIn("paper.initial_cash_usd", told.stdout)
        self.assertNotIn("20123", told.stdout + told.stderr)

    def test_migration_never_touches_the_original(self):
        text = "# mine\nstrategy:\n  max_open_positions: 4 # few\ncircuit_breakers: {min_eligible_assets: 2}\n"
        path = self.directory(policy=text)
        new = self.folder / "new"
        result = vigil("config", "migrate", path, "--to", new)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual((path / "policy.yaml").read_text(), text)
        self.assertIn("-  max_open_positions: 4 # few\n+  # max_open_positions: 4 # few", result.stdout)
        self.assertIn("# mine\n", (new / "policy.yaml").read_text())
        self.assertEqual(vigil("config", "diff", path, new).stdout, "0 keys differ\n")
        self.assertEqual(vigil("config", "migrate", path, "--to", new).returncode, 64)

    def test_migration_makes_nothing_pass_that_was_refused(self):
        refused = ("exits: {check_stop_loss: false}\n", "exits:\n  check_stop_loss: false\n",
                   "governance:\n  kill_switch_enabled: false\n")
        for number, text in enumerate(refused):
            path = self.directory(f"refused-{number}", policy=text + "circuit_breakers: {min_eligible_assets: 2}\n")
            self.assertIn("V0012", vigil("check", path).stderr)
            new = self.folder / f"new-{number}"
            said = vigil("config", "migrate", path, "--to", new)
            self.assertEqual(said.returncode, 3, said.stderr)
            self.assertIn("by hand: policy.yaml", said.stderr)
            self.assertIn("V0012", vigil("check", new).stderr)

    def test_keys_are_set_in_a_copy(self):
        path, new = self.directory(), self.folder / "new"
        before = {file.name: file.read_text() for file in path.glob("*.yaml")}
        said = vigil("config", "set", "risk.max_open_positions", "4", "risk.daily_stop_pnl_pct=-2", "--config", path, "--to", new)
        self.assertEqual((said.returncode, said.stdout), (0, ""), said.stderr)
        self.assertEqual({file.name: file.read_text() for file in path.glob("*.yaml")}, before)
        changes = json.loads(vigil("config", "diff", path, new, "--format", "json").stdout)
        self.assertEqual({change["key"]: change["new"] for change in changes},
                         {"policy:risk.max_open_positions": "4", "policy:risk.daily_stop_pnl_pct": "-2"})
        lines = list(zip(before["policy.yaml"].splitlines(), (new / "policy.yaml").read_text().splitlines(), strict=True))
        self.assertEqual(len([1 for old, set_ in lines if old != set_]), 2)
        self.assertTrue((new / "schema/policy.json").exists())

    def test_what_cannot_be_set_is_not_written(self):
        new = self.folder / "new"
        for words, code, text in (
            (["risk.max_open_position", "4"], 64, "did you mean `risk.max_open_positions`?"),
            (["risk.max_open_positions"], 64, "has no value"),
            (["risk.max_open_positions", "many"], 64, "must be"),
            # Each may be what it is, and together they are a mistake.
            (["risk.max_position_size_pct", "30"], 78, "V0106"),
        ):
            said = vigil("config", "set", *words, "--config", self.directory(words[0] + words[-1]), "--to", new)
            self.assertEqual(said.returncode, code, said.stderr)
            self.assertIn(text, said.stderr)
            self.assertFalse(new.exists())
        new.mkdir()
        said = vigil("config", "set", "risk.max_open_positions", "4", "--config", ROOT / "config", "--to", new)
        self.assertEqual((said.returncode, list(new.iterdir())), (64, []))
        self.assertIn("nothing is overwritten", said.stderr)

    def test_what_changed_since_the_last_run(self):
        path = self.directory()
        state = self.folder / "state"
        run = vigil("run", "--mode", "paper", "--config", path, "--state", state, "--once")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn("nothing has changed", vigil("config", "hash", path, "--state", state).stdout)
        policy = path / "policy.yaml"
        policy.write_text(policy.read_text().replace("max_open_positions: 5", "max_open_positions: 4"))
        said = vigil("config", "hash", path, "--state", state).stdout
        self.assertIn("policy.yaml changed: config hash", said)
        self.assertIn("policy:risk.max_open_positions 5 → 4: decision hash", said)
        changes = json.loads(vigil("config", "diff", path, "--state", state, "--format", "json").stdout)
        self.assertEqual([change["key"] for change in changes], ["policy:risk.max_open_positions"])

    def test_everything_can_be_explained(self):
        reference = (ROOT / "docs/reference/config-checks.md").read_text()
        codes = [line.split("|")[1].strip() for line in reference.splitlines() if line.startswith("| V")]
        self.assertGreater(len(codes), 90)
        reference = (ROOT / "docs/reference/config.md").read_text().split("## Old names")[0]
        keys = [line.split("`")[1] for line in reference.splitlines() if line.startswith("| `")]
        self.assertGreater(len(keys), 150)
        for name in codes[::7] + keys[::7] + ["ai", "strategy.max_open_positions"]:
            result = vigil("config", "explain", name)
            self.assertEqual((result.returncode, result.stderr), (0, ""), name)
            for word in ("value", "default", "affects", "example") if name in keys else ():
                self.assertIn(word, result.stdout)
        wrong = vigil("config", "explain", "risk.max_open_position")
        self.assertEqual(wrong.returncode, 64)
        self.assertIn("did you mean `risk.max_open_positions`", wrong.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
