import Postgres

/// An application that acts for account holders of a tenant.
struct Client: Sendable {
    let id: ClientID
    let name: String
    let uri: String
    let image: String
    let email: String
    let createdAt: Timestamp
}

typealias ClientID = ID<Client>

extension Client: PageNode {
    package var cursor: String { id.description }
}

/// A client that is to be made.
struct NewClient: Sendable {
    let name: String
    let uri: String
    let image: String
    let email: String

    /// - Throws: `InvalidInput` for a text of more than 255 characters, or with control characters.
    init(name: String, uri: String, image: String, email: String) throws {
        for (text, field) in [(name, "name"), (uri, "uri"), (image, "image"), (email, "email")] {
            try InvalidInput.check(text, field, length: 0...255)
        }
        self.name = name
        self.uri = uri
        self.image = image
        self.email = email
    }
}

/// A public key that a client signs with.
struct ClientKey: Sendable {
    let id: ClientKeyID
    let clientID: ClientID
    let jwk: JWK
    let createdAt: Timestamp
}

typealias ClientKeyID = ID<ClientKey>

/// What can be wrong with an operation on clients.
enum ClientError: DomainError {
    case invalidJWK
    case invalidKeyID
    case unknownClient
    case keyExists
    case tooManyKeys
    case unknownKey

    /// The most keys of a client, revoked ones included.
    static let maximumKeys = 100

    var code: String {
        switch self {
        case .invalidJWK, .invalidKeyID: "400"
        case .unknownClient, .unknownKey: "404"
        case .keyExists, .tooManyKeys: "409"
        }
    }

    var message: String {
        switch self {
        case .invalidJWK: "invalid jwk"
        case .invalidKeyID: "Invalid id: use a UUID"
        case .unknownClient: "unknown client"
        case .keyExists: "key exists"
        case .tooManyKeys:
            "the client has \(Self.maximumKeys) keys, which is the most: make another client"
        case .unknownKey: "Client key not found"
        }
    }
}
