extension Engine {
    /// Starts a subscription: one response for each event of its field.
    ///
    /// Throws `RequestFailure` where the operation is no subscription or its resolver refuses
    /// (https://spec.graphql.org/September2025/#Subscribe()).
    public func subscribe(
        _ operation: PreparedOperation, context: Context
    ) async throws -> ResponseStream<Context> {
        guard operation.kind == .subscription, let field = operation.plan.fields.first,
            let resolver = subscriptions[field.definition.name]
        else { throw RequestFailure("The operation is no subscription.") }
        do {
            let arguments = try field.arguments(operation.variables).get()
            if let check = field.check, try await check(arguments, context) != nil {
                throw GraphQLError("The subscription is refused.", code: ErrorCode.badRequest)
            }
            let events = try await resolver.subscribe(arguments, context)
            return ResponseStream(
                engine: self, operation: operation, context: context, events: events)
        } catch {
            var entry = presentError(error, context)
            entry.path = [.key(field.key)]
            entry.locations = field.locations
            throw RequestFailure(errors: [entry])
        }
    }
}

/// The responses of a subscription. Each is made when it is asked for, so that a slow reader
/// holds up the events and nothing piles up here. It ends with the events; where they fail, a
/// last response says so. Cancelling the reading task stops the events.
public struct ResponseStream<Context: Sendable>: AsyncSequence, Sendable {
    let engine: Engine<Context>
    let operation: PreparedOperation
    let context: Context
    let events: AsyncThrowingStream<Resolved, any Error>

    public func makeAsyncIterator() -> Iterator {
        Iterator(stream: self, events: events.makeAsyncIterator())
    }

    public struct Iterator: AsyncIteratorProtocol {
        let stream: ResponseStream
        var events: AsyncThrowingStream<Resolved, any Error>.Iterator
        private var hasFailed = false

        init(stream: ResponseStream, events: AsyncThrowingStream<Resolved, any Error>.Iterator) {
            self.stream = stream
            self.events = events
        }

        public mutating func next() async -> Response? {
            if hasFailed { return nil }
            do {
                guard let event = try await events.next(isolation: #isolation) else { return nil }
                return await stream.engine.execute(
                    stream.operation, root: SubscriptionEvent(value: event),
                    context: stream.context)
            } catch {
                hasFailed = true
                let entry = stream.engine.presentError(error, stream.context)
                return Response(
                    body: RequestFailure(errors: [entry]).body(), errors: [entry],
                    dataIsNull: true, hasValue: false)
            }
        }
    }
}
