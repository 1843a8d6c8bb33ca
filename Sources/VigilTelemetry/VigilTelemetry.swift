// VigilTelemetry
