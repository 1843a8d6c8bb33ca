// swift-tools-version: 6.2
import PackageDescription

// One settings array for every Swift target of ours: strict, and no warning survives.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .enableUpcomingFeature("InferIsolatedConformances"),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
]

let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let arguments = Target.Dependency.product(
    name: "ArgumentParser",
    package: "swift-argument-parser"
)

// Only the exchange server has these; `vigil` itself is built without them.
let nio: [Target.Dependency] =
    ["NIOCore", "NIOPosix", "NIOHTTP1", "NIOWebSocket"].map {
        .product(name: $0, package: "swift-nio")
    } + [.product(name: "NIOSSL", package: "swift-nio-ssl")]

// Tests run days of the engine: what runs in them is optimized in debug builds as well, its assertions kept.
let optimized: [SwiftSetting] = [
    .unsafeFlags(["-O", "-assert-config", "Debug"], .when(configuration: .debug))
]

func target(
    _ name: String,
    _ dependencies: [Target.Dependency] = [],
    runsDays: Bool = false
) -> Target {
    .target(
        name: name,
        dependencies: dependencies,
        swiftSettings: strict + (runsDays ? optimized : [])
    )
}

func tests(
    _ name: String,
    _ dependencies: [Target.Dependency],
    exclude: [String] = []
) -> Target {
    .testTarget(
        name: name,
        dependencies: dependencies + ["VigilTestSupport"],
        exclude: exclude,
        swiftSettings: strict
    )
}

// The fuzzer has no `main` of its own: it is built only where it is asked for, by `./dev fuzz`.
let fuzzers: [Target] =
    Context.environment["VIGIL_FUZZ"] == nil
    ? []
    : [
        .executableTarget(
            name: "vigil-fuzz-config",
            dependencies: ["VigilConfig"],
            path: "Tests/Fuzz/Config",
            exclude: ["corpus"],
            swiftSettings: strict + [.unsafeFlags(["-parse-as-library"])]
        ),
        .executableTarget(
            name: "vigil-fuzz-venue",
            dependencies: ["VigilCoinbase", "VigilCore", "VigilCrypto", "VigilModel"],
            path: "Tests/Fuzz/Venue",
            exclude: ["corpus"],
            swiftSettings: strict + [.unsafeFlags(["-parse-as-library"])]
        ),
    ]

// What asks coinbase-sim as much as it can take is built by `./dev bench` alone.
let loads: [Target] =
    Context.environment["VIGIL_BENCH"] == nil
    ? []
    : [
        .executableTarget(
            name: "coinbase-sim-load",
            dependencies: ["VigilCrypto", arguments] + nio,
            path: "Benchmarks/Load",
            swiftSettings: [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)]
        ),
        .executableTarget(
            name: "vigil-feed-bench",
            dependencies: [
                "VigilCoinbase", "VigilTransport", "VigilCore", "VigilModel", "VigilLedger",
                "VigilConfig", arguments,
            ],
            path: "Benchmarks/Feed",
            swiftSettings: [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)]
        ),
    ]

let package = Package(
    name: "vigil",
    products: [
        .executable(name: "vigil", targets: ["vigil"]),
        .executable(name: "coinbase-sim", targets: ["coinbase-sim"]),
    ],
    dependencies: [
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", exact: "2.37.6"),
    ],
    targets: [
        .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1"),
        .systemLibrary(name: "CSystemd", pkgConfig: "libsystemd"),
        .systemLibrary(name: "CArchive", pkgConfig: "libarchive"),
        .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto"),
        .target(name: "CVigil"),
        .target(name: "CVigilCrypto", dependencies: ["CCrypto"]),
        .target(
            name: "CVigilTransport",
            linkerSettings: ["curl", "wslay", "crypto"].map { .linkedLibrary($0) }
        ),
        .target(name: "CVigilJSON", linkerSettings: [.linkedLibrary("simdjson")]),
        // The import law runs from top to bottom: a target may import only what stands above it.
        target("VigilModel", runsDays: true),
        target("VigilCrypto", ["CCrypto", "CVigilCrypto"]),
        target("VigilCore", ["VigilModel"], runsDays: true),
        target("VigilTransport", ["VigilModel", "CVigilTransport"]),
        target("VigilExchange", ["VigilCore", "VigilModel", grdb], runsDays: true),
        target("VigilConfig", ["VigilCore", "VigilModel", "VigilCrypto", "CYAML"]),
        target("VigilLedger", ["VigilCore", "VigilModel", "VigilCrypto", grdb], runsDays: true),
        target("VigilTelemetry", ["VigilCore", "VigilModel", "CSystemd"]),
        target(
            "VigilCoinbase",
            ["VigilCore", "VigilModel", "VigilTransport", "VigilCrypto", "CVigilJSON"]
        ),
        target("VigilMarkets", ["VigilExchange", "VigilModel", "CArchive"], runsDays: true),
        target(
            "VigilExchangeServer",
            [
                "VigilModel", "VigilExchange", "VigilMarkets", "VigilCrypto", "CVigil", arguments,
            ] + nio
        ),
        target(
            "VigilEngine",
            [
                "VigilModel", "VigilCore", "VigilExchange", "VigilConfig", "VigilLedger",
                "VigilTelemetry", "VigilTransport", "CVigil",
            ],
            runsDays: true
        ),
        // What fakes time, weather and markets' faults: the daemon must not know of it.
        target(
            "VigilSimulation",
            ["VigilCore", "VigilExchange", "VigilLedger", "VigilModel"],
            runsDays: true
        ),
        target(
            "VigilRehearsal",
            [
                "VigilModel", "VigilCore", "VigilExchange", "VigilConfig", "VigilLedger",
                "VigilTelemetry", "VigilTransport", "VigilMarkets", "VigilSimulation",
                "VigilEngine",
            ],
            runsDays: true
        ),
        target(
            "VigilDaemon",
            [
                "VigilModel", "VigilCore", "VigilExchange", "VigilConfig", "VigilLedger",
                "VigilTelemetry", "VigilTransport", "VigilCoinbase", "VigilCrypto", "VigilEngine",
                "CVigil",
            ]
        ),
        target(
            "VigilCommands",
            [
                "VigilModel", "VigilCore", "VigilExchange", "VigilConfig", "VigilLedger",
                "VigilTelemetry", "VigilTransport", "VigilCoinbase", "VigilMarkets",
                "VigilSimulation", "VigilEngine", "VigilRehearsal", "VigilDaemon", arguments,
            ]
        ),
        .executableTarget(
            name: "vigil",
            dependencies: ["VigilCommands"],
            swiftSettings: strict
        ),
        .executableTarget(
            name: "coinbase-sim",
            dependencies: ["VigilExchangeServer"],
            swiftSettings: strict
        ),
        // What the tests share; nothing that ships imports it.
        .target(
            name: "VigilTestSupport",
            dependencies: ["VigilCore"],
            path: "Tests/support/Swift",
            swiftSettings: strict
        ),
        tests("VigilModelTests", ["VigilModel"]),
        tests("VigilExchangeTests", ["VigilExchange", "VigilMarkets", "VigilModel"]),
        tests("VigilMarketsTests", ["VigilMarkets", "VigilExchange", "VigilModel"]),
        tests(
            "VigilSimulationTests",
            ["VigilSimulation", "VigilMarkets", "VigilExchange", "VigilModel", "VigilCore"]
        ),
        tests("VigilCoreTests", ["VigilCore", "VigilModel", "VigilMarkets", "VigilExchange"]),
        tests("VigilLedgerTests", ["VigilLedger", "VigilCore", "VigilModel"]),
        tests("VigilConfigTests", ["VigilConfig", "VigilCore", "VigilModel"]),
        tests("VigilCryptoTests", ["VigilCrypto"]),
        tests(
            "VigilCoinbaseTests",
            [
                "VigilCoinbase", "VigilTransport", "VigilCore", "VigilModel", "VigilCrypto",
                "VigilExchange", "VigilMarkets", "VigilEngine", "VigilDaemon", "VigilTelemetry",
            ],
            exclude: ["Venue/scripted.py", "Venue/trust.py"]
        ),
        tests(
            "VigilExchangeServerTests",
            [
                "VigilExchangeServer", "VigilExchange", "VigilModel", "VigilCrypto",
                "VigilMarkets",
            ]
        ),
        tests("VigilTelemetryTests", ["VigilTelemetry", "VigilModel", "VigilCore"]),
        tests(
            "VigilEngineTests",
            [
                "VigilEngine", "VigilCore", "VigilModel", "VigilLedger", "VigilConfig",
                "VigilMarkets", "VigilSimulation", "VigilRehearsal", "VigilExchange",
                "VigilTelemetry", grdb,
            ]
        ),
        tests(
            "VigilDaemonTests",
            [
                "VigilDaemon", "VigilConfig", "VigilCore", "VigilEngine", "VigilModel",
                "VigilTelemetry",
                "VigilTransport",
            ]
        ),
        tests("TidyTests", ["VigilCommands", "VigilTelemetry", "VigilCore", "VigilEngine"]),
    ] + fuzzers + loads,
    cxxLanguageStandard: .cxx17
)
