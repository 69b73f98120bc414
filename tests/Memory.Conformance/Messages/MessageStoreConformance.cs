using Memory.Core;

namespace Memory.Conformance;

/// <summary>What every message store does, whatever it is made of.</summary>
/// <typeparam name="TStore">The store that a subclass tests.</typeparam>
public abstract partial class MessageStoreConformance<TStore> : ConformanceSuite
    where TStore : IMessageStore;
