internal import GRDB

/// The tables of the ledger, version by version; a released migration is never edited.
enum Schema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1-spine") { database in
            try database.execute(sql: spine)
        }
        migrator.registerMigration("2-configurations") { database in
            try database.execute(sql: configurations)
        }
        migrator.registerMigration("3-risk") { database in
            try database.execute(sql: risk)
        }
        migrator.registerMigration("4-orders") { database in
            try database.execute(sql: orders)
        }
        migrator.registerMigration("5-why") { database in
            try database.execute(sql: why)
        }
        migrator.registerMigration("6-quarantine") { database in
            try database.execute(sql: quarantine)
        }
        return migrator
    }

    /// Rows of the venue that cannot be of their orders, as they were read; nothing is computed of them.
    private static let quarantine = """
        CREATE TABLE quarantined_fills (
          entry_id TEXT PRIMARY KEY, client_order_id TEXT NOT NULL, product TEXT NOT NULL,
          fill TEXT NOT NULL, why TEXT NOT NULL, at INTEGER NOT NULL
        ) WITHOUT ROWID, STRICT;
        """

    /// What `vigil why` looks for, so that it need not read a year's rows.
    private static let why = """
        CREATE INDEX intents_of_cycle ON intents (run_id, cycle);
        CREATE INDEX intents_of_parent ON intents (parent_id) WHERE parent_id IS NOT NULL;
        CREATE INDEX transitions_of_order ON transitions (client_order_id);
        """

    private static let orders = """
        ALTER TABLE transitions ADD COLUMN evidence TEXT NOT NULL DEFAULT '';
        CREATE TABLE look_ups (
          run_id TEXT NOT NULL REFERENCES runs, number INTEGER NOT NULL,
          client_order_id TEXT NOT NULL REFERENCES orders, at INTEGER NOT NULL,
          since INTEGER NOT NULL, outcome TEXT NOT NULL, detail TEXT NOT NULL,
          PRIMARY KEY (run_id, number, client_order_id)
        ) WITHOUT ROWID, STRICT;
        ALTER TABLE configurations ADD COLUMN sources TEXT;
        CREATE TABLE checkpoints (
          id INTEGER PRIMARY KEY CHECK (id = 1), fill_id INTEGER NOT NULL, flow_id INTEGER NOT NULL,
          replay TEXT NOT NULL
        ) STRICT;
        ALTER TABLE fills ADD COLUMN recorded_at INTEGER;
        CREATE INDEX fills_of_order ON fills (client_order_id);
        """

    private static let risk = """
        ALTER TABLE halts ADD COLUMN product TEXT;
        CREATE INDEX halts_active ON halts (reason) WHERE cleared_at IS NULL;
        ALTER TABLE intents ADD COLUMN strategy TEXT NOT NULL DEFAULT '';
        ALTER TABLE cycles ADD COLUMN nlv TEXT;
        ALTER TABLE cycles ADD COLUMN exposure TEXT;
        ALTER TABLE cycles ADD COLUMN drawdown TEXT;
        CREATE TABLE externals (currency TEXT PRIMARY KEY, amount TEXT NOT NULL, at INTEGER NOT NULL)
          WITHOUT ROWID, STRICT;
        """

    private static let configurations = """
        CREATE TABLE configurations (digest TEXT PRIMARY KEY, effective TEXT NOT NULL) STRICT;
        ALTER TABLE runs ADD COLUMN configuration TEXT REFERENCES configurations;
        """

    private static let spine = """
        CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID, STRICT;
        CREATE TABLE runs (
          run_id TEXT PRIMARY KEY, mode TEXT NOT NULL, config_hash TEXT NOT NULL,
          started_at INTEGER NOT NULL, ended_at INTEGER, decision_hash TEXT
        ) STRICT;
        CREATE TABLE cycles (
          run_id TEXT NOT NULL REFERENCES runs, cycle INTEGER NOT NULL, at INTEGER NOT NULL,
          outcome TEXT NOT NULL, reason TEXT, latency_ns INTEGER NOT NULL,
          PRIMARY KEY (run_id, cycle)
        ) WITHOUT ROWID, STRICT;
        CREATE TABLE intents (
          client_order_id TEXT PRIMARY KEY, run_id TEXT NOT NULL REFERENCES runs, cycle INTEGER,
          product TEXT NOT NULL, side TEXT NOT NULL, terms TEXT NOT NULL, exit_reason TEXT,
          stop_loss TEXT, take_profit TEXT, hold_max_ns INTEGER, parent_id TEXT REFERENCES intents,
          created_at INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE orders (
          client_order_id TEXT PRIMARY KEY REFERENCES intents, venue_order_id TEXT,
          state TEXT NOT NULL, updated_at INTEGER NOT NULL
        ) WITHOUT ROWID, STRICT;
        CREATE INDEX orders_unfinished ON orders (state)
          WHERE state IN ('intended', 'submitting', 'open', 'partially_filled', 'unknown');
        CREATE TABLE transitions (
          id INTEGER PRIMARY KEY, client_order_id TEXT NOT NULL REFERENCES orders,
          from_state TEXT NOT NULL, to_state TEXT NOT NULL, fact TEXT NOT NULL, at INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE fills (
          id INTEGER PRIMARY KEY, entry_id TEXT NOT NULL UNIQUE, trade_id TEXT NOT NULL,
          client_order_id TEXT NOT NULL REFERENCES orders, product TEXT NOT NULL,
          side TEXT NOT NULL, price TEXT NOT NULL, quantity TEXT NOT NULL, fee TEXT NOT NULL,
          role TEXT NOT NULL, kind TEXT NOT NULL, occurred_at INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE flows (
          id INTEGER PRIMARY KEY, currency TEXT NOT NULL, amount TEXT NOT NULL,
          reason TEXT NOT NULL, at INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE halts (
          id INTEGER PRIMARY KEY, reason TEXT NOT NULL, detail TEXT NOT NULL,
          raised_at INTEGER NOT NULL, cleared_at INTEGER, cleared_because TEXT
        ) STRICT;
        CREATE TABLE alerts (
          id INTEGER PRIMARY KEY, kind TEXT NOT NULL, severity TEXT NOT NULL, detail TEXT NOT NULL,
          count INTEGER NOT NULL, escalated INTEGER NOT NULL, raised_at INTEGER NOT NULL,
          delivered_at INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE audit_outbox (
          sequence INTEGER PRIMARY KEY, day INTEGER NOT NULL, line TEXT NOT NULL
        ) STRICT;
        """
}
