// Exact values travel as text: a JSON number would pass through Double on the other side.

extension Price: Codable {
    package init(from decoder: any Decoder) throws {
        let money = try Money(from: decoder)
        try self.init(raw: money.raw, currency: money.currency)
    }

    package func encode(to encoder: any Encoder) throws {
        try Money(raw: raw, currency: currency).encode(to: encoder)
    }
}

extension Quantity: Codable {
    package init(from decoder: any Decoder) throws {
        try self.init(decoder.singleValueContainer().decode(String.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

extension Rate: Codable {
    package init(from decoder: any Decoder) throws {
        try self.init(decoder.singleValueContainer().decode(String.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

extension Money: Codable {
    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        let parts = text.split(separator: " ")
        guard parts.count == 2, let currency = Currency(parts[1]) else {
            throw MoneyError.malformed(text)
        }
        try self.init(parts[0], currency)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

extension Currency: Codable {
    package init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let currency = Currency(text) else { throw MoneyError.malformed(text) }
        self = currency
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
