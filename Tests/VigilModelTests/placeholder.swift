// VigilModelTests
