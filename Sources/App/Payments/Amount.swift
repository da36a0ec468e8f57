/// So much of an asset, in its smallest unit.
package struct Amount: Sendable, Equatable {
    package let value: UInt64
    package let assetCode: String
    /// 0 to 255.
    package let assetScale: Int

    package init(_ value: UInt64, of asset: Asset) {
        self.init(value, assetCode: asset.code, assetScale: asset.scale)
    }

    package init(_ value: UInt64, assetCode: String, assetScale: Int) {
        self.value = value
        self.assetCode = assetCode
        self.assetScale = assetScale
    }

    /// The same asset, another value.
    package func with(_ value: UInt64) -> Amount {
        Amount(value, assetCode: assetCode, assetScale: assetScale)
    }

    package func isSameAsset(as other: Amount) -> Bool {
        assetCode == other.assetCode && assetScale == other.assetScale
    }

    /// As events and the quote callback show it.
    var json: CanonicalJSON {
        [
            "value": .string(String(value)), "assetCode": .string(assetCode),
            "assetScale": .integer(assetScale),
        ]
    }
}
