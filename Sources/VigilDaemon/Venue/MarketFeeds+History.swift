internal import VigilCoinbase
internal import VigilCore
internal import VigilEngine
internal import VigilModel
internal import VigilTelemetry

/// How the past is read: until it is there, since what is decided on must not wait for a restart.
extension MarketFeeds {
    /// So many candles of a product, counted back from now.
    struct Page {
        let product: ProductID
        let length: CandleLength
        let number: Int
    }

    /// Reads the past: the newest candles of all products first, so that none waits for another's past.
    func readHistory() async {
        let minutes = (0..<CandleLength.minute.countMax / Self.pageSize).flatMap { number in
            shards.joined().map { Page(product: $0, length: .minute, number: number) }
        }
        let others = CandleLength.allCases.filter { $0 != .minute }.flatMap { length in
            shards.joined().map { Page(product: $0, length: length, number: 0) }
        }
        var missing = minutes + others
        for attempt in 0... {
            let failed = await readOnce(missing, attempt)
            guard await mustRepeat(failed, attempt) else { break }
            missing = failed.map(\.page)
        }
    }

    /// Reads a page until it is there; false where nobody waits any more.
    func readAtLast(_ product: ProductID, _ length: CandleLength, page: Int) async -> Bool {
        let page = Page(product: product, length: length, number: page)
        for attempt in 0... {
            let failed = await readOnce([page], attempt)
            guard await mustRepeat(failed, attempt) else { break }
        }
        return !Task.isCancelled
    }

    /// Pages that could not be read, with why.
    typealias Failed = [(page: Page, trouble: String)]

    /// Asks for pages once; that some are missing is told at the first attempt, with the first of them.
    func readOnce(_ pages: [Page], _ attempt: Int) async -> Failed {
        var failed: Failed = []
        for page in pages where !Task.isCancelled {
            guard let trouble = await read(page) else { continue }
            failed.append((page, trouble))
            guard attempt == 0, failed.count == 1 else { continue }
            let text =
                "candles of \(page.product) could not be read: \(trouble); what is missing is asked for until it comes"
            router.journal(.venue, .warning, text)
        }
        return failed
    }

    /// Waits before pages are asked for again; false where all have come, or nobody waits any more.
    ///
    /// Candles are read until they are there: what is decided on must not wait for a restart.
    func mustRepeat(_ failed: Failed, _ attempt: Int) async -> Bool {
        guard !Task.isCancelled else { return false }
        guard !failed.isEmpty else {
            if attempt > 0 {
                router.journal(.venue, .notice, "the candles that were missing have come")
            }
            return false
        }
        let wait = min(Duration.seconds(2) * (1 << min(attempt, 5)), Self.lookInterval)
        await clock.sleep(until: clock.now + wait)
        return !Task.isCancelled
    }

    /// Reads one page; says what went wrong, nil for nothing.
    func read(_ page: Page) async -> String? {
        let span = page.length.span
        let end = clock.now - span * (page.number * Self.pageSize)
        let start = end - span * (Self.pageSize - 1)
        let outcome = await access.client.candles(page.product, page.length, from: start, to: end)
        guard let candles = outcome.value else { return outcome.trouble ?? "" }
        router.report(.candlesRead(page.product, length: page.length, candles))
        return nil
    }
}
