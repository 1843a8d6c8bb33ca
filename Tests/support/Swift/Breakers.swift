package import VigilCore

extension BreakerPolicy {
    /// As an owner might set it.
    package static let usual: BreakerPolicy = {
        var policy = BreakerPolicy()
        (policy.quoteAgeMax, policy.candleAgeMax) = (.seconds(60), .seconds(300))
        (policy.apiErrorsMax, policy.apiErrorWindow) = (3, .seconds(300))
        policy.rateLimitCooldown = .seconds(60)
        (policy.deviationMaxPct, policy.volumeRatioMin, policy.outlierLookback) = (10, 0.1, 20)
        (policy.volatilityMaxPct, policy.volatilityHours) = (150, 24)
        (policy.spreadMaxBPS, policy.clockTolerance) = (80, .milliseconds(150))
        (policy.diskFreeMin, policy.memoryMax) = (256 << 20, 512 << 20)
        return policy
    }()
}
