using CsCheck;
using Memory.Core;
using Xunit;

namespace Memory.Conformance;

public abstract partial class OperationStoreConformance<TStore>
{
    [Fact]
    public async Task Any_id_and_any_json_go_through_to_the_letter() =>
        await Gen.Select(Identifiers.Any, JsonTexts.Object, JsonTexts.Object).SampleAsync(
            async (id, payload, result) =>
            {
                if (await Operations.FindAsync(id, Token) is not null)
                {
                    return;
                }

                await Operations.AcceptAsync(Drafts.Operation(id, Now, threadId: id, resourceId: id, payload: payload), Token);
                var claimed = await ClaimOneAsync();
                Assert.Equal((id, id, id, payload), (claimed.Id, claimed.ThreadId, claimed.ResourceId, claimed.Payload?.Text));
                Assert.True(await Operations.FailAsync(id, 1, new OperationError("code", id), null, Now, Token));
                Assert.Equal(id, Assert.Single(await Operations.ListFailedAsync(9, Token)).Error?.Message);
                Assert.True(await Operations.RedriveAsync(id, Now, Token));
                Assert.Equal(id, (await ClaimOneAsync()).Id);
                Assert.True(await Operations.CompleteAsync(id, 1, new RawJson(result), Now, Token));
                Assert.Equal(result, (await FindAsync(id)).Result?.Text);
            },
            iter: 60,
            threads: 1);
}
