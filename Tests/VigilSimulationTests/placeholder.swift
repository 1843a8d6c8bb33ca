// VigilSimulationTests
