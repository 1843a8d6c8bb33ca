// VigilLedgerTests
