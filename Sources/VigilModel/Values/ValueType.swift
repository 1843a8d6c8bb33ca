/// How a value is written, judged and read: one choice, so that no reader takes a value for what it is not.
///
/// `read` is total: what it makes of a value that was refused is never used, since a configuration with an error
/// is none.
package struct ValueType<Value: Sendable>: Sendable {
    /// Its type, unit and range.
    package let kind: ValueKind
    /// What a legal text says; nothing that counts where the text is not legal.
    package let read: @Sendable ([String]) -> Value

    /// Joins both.
    package init(kind: ValueKind, read: @escaping @Sendable ([String]) -> Value) {
        self.kind = kind
        self.read = read
    }
}

private func raw(_ texts: [String]) -> Int128 {
    texts.first.flatMap(ValueText.decimal) ?? FixedPoint.one
}

private func whole(_ texts: [String]) -> Int {
    texts.first.flatMap(ValueText.whole) ?? 1
}

extension ValueType<Int> {
    /// A whole number.
    package static func integer(_ range: ClosedRange<Int>) -> Self {
        .init(kind: .integer(range), read: whole)
    }
    /// Whole hours, counted.
    package static func hourCount(_ range: ClosedRange<Int>) -> Self {
        .init(kind: .hours(range), read: whole)
    }
}

extension ValueType<Int64> {
    /// Whole mebibytes, as bytes.
    package static func mebibytes(_ range: ClosedRange<Int>) -> Self {
        .init(kind: .integer(range)) { Int64(whole($0)) << 20 }
    }
}

extension ValueType<Double> {
    /// An indicator's threshold.
    package static func number(_ range: ClosedRange<Double>) -> Self {
        .init(kind: .number(range)) { Double(raw($0)) / 1e18 }
    }
    /// A ratio of one, as an indicator.
    package static func ratio(_ range: ClosedRange<Double>) -> Self {
        .init(kind: .fraction(range)) { Rate(raw: raw($0)).indicator }
    }
    /// Percent, as an indicator in percent.
    package static func percentage(_ range: ClosedRange<Double>) -> Self {
        .init(kind: .percent(range)) { Rate(raw: raw($0) / 100).indicator * 100 }
    }
}

extension ValueType<Rate> {
    /// Hundredths of the whole.
    package static func percent(_ range: ClosedRange<Double>) -> Self {
        .init(kind: .percent(range)) { Rate(raw: raw($0) / 100) }
    }
    /// A loss: the files write it as negative percent, the engine compares magnitudes.
    package static func loss(_ range: ClosedRange<Double>) -> Self {
        .init(kind: .percent(range)) { Rate(raw: -(raw($0) / 100)) }
    }
    /// A ratio of one.
    package static func fraction(_ range: ClosedRange<Double>) -> Self {
        .init(kind: .fraction(range)) { Rate(raw: raw($0)) }
    }
    /// Whole hundredths of a percent.
    package static func basisPoints(_ range: ClosedRange<Int>) -> Self {
        .init(kind: .basisPoints(range)) { Rate(basisPoints: whole($0)) }
    }
}

extension ValueType<Duration> {
    /// Whole seconds.
    package static func seconds(_ range: ClosedRange<Int>) -> Self {
        .init(kind: .seconds(range)) { .seconds(whole($0)) }
    }
    /// Whole minutes.
    package static func minutes(_ range: ClosedRange<Int>) -> Self {
        .init(kind: .minutes(range)) { .seconds(60 * whole($0)) }
    }
    /// Whole hours.
    package static func hours(_ range: ClosedRange<Int>) -> Self {
        .init(kind: .hours(range)) { .seconds(3_600 * whole($0)) }
    }
    /// Whole milliseconds.
    package static func milliseconds(_ range: ClosedRange<Int>) -> Self {
        .init(kind: .integer(range)) { .milliseconds(whole($0)) }
    }
    /// Seconds with a fraction, to the millisecond.
    package static func fractionalSeconds(_ range: ClosedRange<Double>) -> Self {
        .init(kind: .number(range)) { .milliseconds(Int64(Double(raw($0)) / 1e18 * 1_000)) }
    }
}

extension ValueType<Money> {
    /// US dollars, exact.
    package static func dollars(_ range: ClosedRange<Double>) -> Self {
        .init(kind: .dollars(range)) { Money(raw: raw($0), currency: .usd) }
    }
}

extension ValueType<[Money]> {
    /// Amounts of US dollars, each larger than the one before.
    package static var ramp: Self {
        .init(kind: .ramp) { $0.map { Money(raw: raw([$0]), currency: .usd) } }
    }
}

extension ValueType<Bool> {
    /// `true` or `false`.
    package static var flag: Self {
        .init(kind: .flag) { $0.first.flatMap(ValueText.flag) ?? false }
    }
}

extension ValueType<[ProductID]> {
    /// A list of products such as `BTC-USD`.
    package static var products: Self { .init(kind: .products) { $0.compactMap { ProductID($0) } } }
}

extension ValueType<[String]> {
    /// A list of the codes of findings.
    package static var codes: Self { .init(kind: .codes) { $0 } }
}

extension ValueType<String> {
    /// A path, relative to the state directory unless it begins with `/`.
    package static var path: Self { .init(kind: .path, read: first) }
    /// A word such as a file or a credential may be called.
    package static var name: Self { .init(kind: .name, read: first) }
    /// Any text.
    package static var text: Self { .init(kind: .text, read: first) }
    /// One of these words.
    package static func choice(_ words: [String]) -> Self {
        .init(kind: .choice(words), read: first)
    }

    @Sendable private static func first(_ texts: [String]) -> String { texts.first ?? "" }
}
