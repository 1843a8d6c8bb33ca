internal import VigilCore
internal import VigilModel

private let day = Keys.risk.dailyStop
private let week = Keys.risk.weeklyStop
private let fall = Keys.risk.drawdownMax
private let volatility = Keys.breakers.volatilityMax
private let errors = Keys.breakers.apiErrorsMax

extension ConfigCheck {
    /// Limits of the whole account that would trip when nothing is left to protect.
    static let limits: [ConfigCheck] = [
        ConfigCheck(
            "V0202",
            .error,
            "a loss limit is above half of the account",
            prevents: "a loss limit in name only: it halts entries when the account is gone",
            help: "set it where you would want to be woken up; 50 % is the maximum",
            keys: [day, week, fall],
            fails: "risk: {max_drawdown_pct: 51}",
            passes: "risk: {max_drawdown_pct: 50}"
        ) { context in
            let risk = context.policy.risk
            return [(day, risk.dailyStop), (week, risk.weeklyStop), (fall, risk.drawdownMax)]
                .filter { $0.1 > Rate(basisPoints: 5_000) }
                .flatMap { key, limit in
                    context.finding(
                        "`\(key.name.drop { $0 != "." }.dropFirst())` stops at a loss of \(limit.percent)",
                        (key, "little is left to protect")
                    )
                }
        },
        ConfigCheck(
            "V0203",
            .warning,
            "a breaker is set too high ever to trip",
            prevents: "a breaker that is relied on and never trips",
            help: "keep the volatility limit within 500 %, and errors in a row within 20",
            keys: [volatility, errors],
            fails: "circuit_breakers: {max_consecutive_api_errors: 21}",
            passes: "circuit_breakers: {max_consecutive_api_errors: 20}"
        ) { context in
            var findings: [Finding] = []
            if context[volatility] > 500 {
                findings += context.finding(
                    "hardly any market is this volatile",
                    (volatility, "\(context.text(volatility)) % a year")
                )
            }
            if context[errors] > 20 {
                findings += context.finding(
                    "so many errors in a row are an outage",
                    (errors, "\(context.text(errors)) in a row")
                )
            }
            return findings
        },
    ]
}
