/// What this process delivers at the moment, and what it may begin. Its rules keep receivers that
/// do not answer from holding up others:
///
/// - of one tenant a few attempts are made at a time, and one if its receiver was silent last;
/// - silent receivers together, and the tenants that share the operator's, take half of the room.
struct WebhookLoad {
    let limit: Int
    let limitPerTenant: Int
    private(set) var total = 0
    private var perTenant: [TenantID: Int] = [:]
    private var silent: Set<TenantID> = []
    private var totalOfSilent = 0
    private var totalOfFallback = 0
    /// Whether the last claim may have left something due behind, for want of room.
    private(set) var isHungry = false

    /// More silent tenants than these are not remembered.
    private static let maximumSilent = 10_000

    init(limit: Int, limitPerTenant: Int) {
        self.limit = limit
        self.limitPerTenant = limitPerTenant
    }

    private var half: Int { max(1, limit / 2) }

    /// What may be claimed; nil if nothing may.
    func room(hasFallback: Bool) -> WebhookQueueRepository.Room? {
        var free = limit - total
        guard free > 0 else { return nil }
        let freeForFallback = half - totalOfFallback
        let includesFallback = hasFallback && freeForFallback > 0
        if includesFallback { free = min(free, freeForFallback) }
        var exceptions: [TenantID: Int] = [:]
        for (tenant, count) in perTenant { exceptions[tenant] = max(0, limitPerTenant - count) }
        for (position, tenant) in silent.shuffled().enumerated() {
            let isFree = perTenant[tenant] == nil && position < half - totalOfSilent
            exceptions[tenant] = isFree ? 1 : 0
        }
        return WebhookQueueRepository.Room(
            total: free, perTenant: limitPerTenant, exceptions: exceptions,
            includesFallback: includesFallback)
    }

    /// Takes note of what was claimed in a room.
    mutating func note(
        _ claims: [WebhookQueueRepository.Claim], in room: WebhookQueueRepository.Room
    ) {
        let counts = Dictionary(grouping: claims, by: \.tenant).mapValues(\.count)
        isHungry =
            claims.count == room.total || room.exceptions.values.contains(0)
            || counts.contains { $1 >= room.exceptions[$0] ?? room.perTenant }
    }

    /// An attempt that is under way.
    struct Attempt {
        fileprivate let tenant: TenantID
        fileprivate let isOfSilent: Bool
        fileprivate let isOfFallback: Bool
    }

    mutating func begin(_ tenant: TenantID, isFallback: Bool) -> Attempt {
        let attempt = Attempt(
            tenant: tenant, isOfSilent: silent.contains(tenant), isOfFallback: isFallback)
        total += 1
        perTenant[tenant, default: 0] += 1
        if attempt.isOfSilent { totalOfSilent += 1 }
        if attempt.isOfFallback { totalOfFallback += 1 }
        return attempt
    }

    /// - Parameter wasSilent: whether there was no answer in time; nil if that is not known.
    mutating func end(_ attempt: Attempt, wasSilent: Bool?) {
        total -= 1
        let count = perTenant[attempt.tenant, default: 1] - 1
        perTenant[attempt.tenant] = count > 0 ? count : nil
        if attempt.isOfSilent { totalOfSilent -= 1 }
        if attempt.isOfFallback { totalOfFallback -= 1 }
        if wasSilent == true, silent.count < Self.maximumSilent { silent.insert(attempt.tenant) }
        if wasSilent == false { silent.remove(attempt.tenant) }
    }
}
