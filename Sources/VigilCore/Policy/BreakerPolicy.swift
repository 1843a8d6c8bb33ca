package import VigilModel

/// When a breaker trips; ratios and percentages of prices are indicators.
package struct BreakerPolicy: Sendable {
    /// How old a product's quote may be.
    package var quoteAgeMax = Duration.zero
    /// How long ago its newest candle may have ended.
    package var candleAgeMax = Duration.zero
    /// Failed requests in a row that are too many.
    package var apiErrorsMax = 0
    /// The span in which they count.
    package var apiErrorWindow = Duration.zero
    /// How long entries pause after the venue said that we ask too much.
    package var rateLimitCooldown = Duration.zero
    /// How far a close may be from its mean without volume behind it, in percent.
    package var deviationMaxPct = 0.0
    /// The volume, against the mean, that makes it believable.
    package var volumeRatioMin = 0.0
    /// The candles whose mean counts.
    package var outlierLookback = 0
    /// The annualised volatility that is too much, in percent.
    package var volatilityMaxPct = 0.0
    /// The hours over which it is measured.
    package var volatilityHours = 0
    /// The spread that is too wide, in basis points.
    package var spreadMaxBPS = 0.0
    /// How far our clock and the venue's may differ.
    package var clockTolerance = Duration.zero
    /// The free space of the state directory's disk below which entries stop, in bytes.
    package var diskFreeMin: Int64 = .max
    /// The memory of the process above which they stop, in bytes.
    package var memoryMax: Int64 = 0

    /// Rejections within ``rejectionWindow`` that are too many.
    package static let rejectionsMax = 3
    /// The span in which rejections count, and after the last of which the halt ends.
    package static let rejectionWindow = Duration.seconds(600)
    /// Broken cycles within ``exceptionWindow`` that are too many.
    package static let exceptionsMax = 2
    /// The span in which broken cycles count, and after the last of which the halt ends.
    package static let exceptionWindow = Duration.seconds(300)
    /// How many standard deviations of a minute's return are too many.
    package static let outlierSigmas = 6.0
    /// The least standard deviation that is assumed: a market that stands still may move.
    package static let sigmaMin = 0.001_5
    /// How long after the last outlier the halt ends.
    package static let outlierHold = Duration.seconds(300)
    /// How long a product must have been calm before its volatility halts it no more.
    package static let volatilityHold = Duration.seconds(900)
    /// How long after the last overfull mailbox the halt ends.
    package static let overloadHold = Duration.seconds(60)
    /// How far from a dollar a stable coin may trade.
    package static let depegMax = Rate(basisPoints: 100)

    /// Begins without figures: each key of the configuration fills one, and has its default.
    package init() {}
}
