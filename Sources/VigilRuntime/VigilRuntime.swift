// VigilRuntime
