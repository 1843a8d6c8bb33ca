import VigilExchange
import VigilModel

extension SimVenue {
    /// Good-till-date stops end with us: the matching engine's stops have no end.
    mutating func expireStops(at now: Moment) throws(MoneyError) {
        let time = stamp(now)
        for (id, due) in stopEnds where due <= time {
            stopEnds[id] = nil
            trace.hasMoved = true
            guard try !engine.cancel(ClientOrderID(id)).isEmpty else { continue }
            end(id, as: .expired, at: now)
        }
    }

    /// Something that happens to an order a little after it was asked for.
    enum Later: Sendable, Equatable {
        /// It leaves PENDING.
        case opens
        /// It is canceled, or fills where a fault has it so.
        case cancels(fills: Bool)
        /// It fails.
        case fails
    }

    /// Puts something off in real time; it happens at once where there is no wait.
    mutating func putOff(
        _ what: Later,
        of id: String,
        by wait: Duration,
        at now: Moment
    ) {
        guard wait > .zero else { return carryOut(what, of: id, at: now) }
        let due = now.real + wait
        later.insert((id, what, due), at: later.partitioned { $0.due > due })
    }

    mutating func carryOutLater(at now: Moment) {
        while let first = later.first, first.due <= now.real {
            later.removeFirst()
            trace.hasMoved = true
            carryOut(first.what, of: first.id, at: now)
        }
    }

    /// What is to fail fails now; for when the fault behind it is cleared.
    mutating func hastenFailures(at now: Moment) {
        for index in later.indices where later[index].what == .fails {
            later[index].due = now.real
        }
        later.sort { $0.due < $1.due }
    }

    private mutating func carryOut(
        _ what: Later,
        of id: String,
        at now: Moment
    ) {
        guard let record = desk.records[id], !record.status.isFinal else { return }
        switch what {
        case .opens:
            guard record.status == .open else { return }
            publish(record, as: .open, at: now)
        case .fails:
            desk.change(id) { record in
                record.rejectReason = "HOLD_FAILURE"
                record.rejectMessage = "the order could not be placed"
            }
            end(id, as: .failed, at: now)
        case .cancels(let fills):
            let name = ClientOrderID(id)
            // A fill that the books cannot hold does not keep an order from being canceled.
            if fills, isTrading(record.product),
                let events = try? engine.fillWhole(name, of: record.product, at: now.market)
            {
                settle(events, at: now)
            }
            settle((try? engine.cancel(name)) ?? [], at: now)
            stopEnds[id] = nil
            if desk.records[id]?.status.isFinal == false {
                // One that was accepted and never reached the books.
                end(id, as: .cancelled, at: now)
            }
        }
    }

    /// Ends an order in a way that the matching engine has no word for.
    mutating func end(_ id: String, as status: OrderStatus, at now: Moment) {
        let time = stamp(now)
        desk.change(id) { record in
            record.status = status
            record.hold = .zero(record.hold.currency)
            record.lastUpdateAt = time
        }
        for record in desk.takeChanged() {
            publish(record, as: record.status, at: now)
            show(record.product, at: now)
        }
    }
}
