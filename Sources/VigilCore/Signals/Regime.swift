package import VigilModel

/// The weather of the whole market.
package enum Regime: String, Sendable, Codable, CaseIterable {
    /// Rising calmly.
    case bull
    /// Going nowhere in particular; also what is assumed while too little is known.
    case chop
    /// Falling.
    case bear
    /// Falling fast, or wilder than is tradable.
    case crash

    /// Judges a day of one-minute closes of the leading product, oldest first; less than 23 hours are too few.
    ///
    /// Trend in percent from the first minute to the last, volatility annualised from hourly returns; thresholds as in
    /// the predecessor: crash below -10 % or above 100 %, bull from 10 % and below 60 %, bear from -5 %. The newest
    /// minute counts: a market that fell within the hour has fallen.
    package static func judged(_ candles: [Candle]) -> Regime {
        guard let first = candles.first, let last = candles.last,
            last.start - first.start >= .seconds(23 * 3_600)
        else { return .chop }
        let hourly = Indicators.hours(candles, most: 25).reversed().map(\.close)
        let trend = (last.close / first.close - 1) * 100
        let volatility = Indicators.deviation(Indicators.returns(hourly)) * Indicators.yearly
        if trend < -10 || volatility > 100 { return .crash }
        if trend >= 10 && volatility < 60 { return .bull }
        return trend <= -5 ? .bear : .chop
    }
}
