// VigilTelemetryTests
