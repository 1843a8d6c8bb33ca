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

    /// Judges a day or more of one-minute closes of the leading product, oldest first.
    ///
    /// Trend in percent over the span, volatility annualised from hourly returns; thresholds as in the
    /// predecessor: crash below -10 % or above 100 %, bull from 10 % and below 60 %, bear from -5 %.
    package static func judged(_ candles: [Candle]) -> Regime {
        let hourly = stride(from: 0, to: candles.count, by: 60).map { candles[$0].close }
        guard hourly.count >= 24, let first = hourly.first, let last = hourly.last else {
            return .chop
        }
        let trend = (last / first - 1) * 100
        let volatility = Indicators.deviation(Indicators.returns(hourly)) * 9_359.487
        if trend < -10 || volatility > 100 { return .crash }
        if trend >= 10 && volatility < 60 { return .bull }
        return trend <= -5 ? .bear : .chop
    }
}
