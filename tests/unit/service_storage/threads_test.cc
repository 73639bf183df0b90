// One thread writes, others read, as in the service.
#include <atomic>
#include <thread>

#include "engine.h"
#include "support/catch.h"

using namespace skerry;
using namespace skerry::test;

namespace {

// What a reader found that must not be; empty while all is well.
std::string ReadUntil(const std::string& path, const std::atomic<bool>& is_done, std::atomic<int>& snapshots) {
  auto opened = storage::OpenSqliteReader(path);
  if (!opened.ok()) return opened.error().message;
  storage::Reader& reader = **opened;
  std::int64_t last_serial = 0;
  while (!is_done) {
    auto snapshot = reader.Open();
    if (!snapshot.ok()) return snapshot.error().message;
    const storage::Checkpoint at = (*snapshot)->checkpoint();
    if (at.serial < last_serial) return "checkpoints went back";
    last_serial = at.serial;
    const std::string names[] = {"left", "right"};
    const auto totals = (*snapshot)->Totals(names);
    if (!totals.ok()) return totals.error().message;
    // Every batch writes one operation to each.
    if ((*totals)[0].count != (*totals)[1].count) return "half a checkpoint was seen";
    snapshot->reset();
    for (std::size_t i = 0; i < 2; ++i) {
      // The checkpoint's operations stay the same while newer ones are published.
      const auto chunk = reader.Scan(names[i], OpId{0}, at.op, {.operations = 100'000});
      if (!chunk.ok()) return chunk.error().message;
      bucket::Checksum sum;
      for (const bucket::Operation& op : chunk->operations) sum += op.checksum;
      if (static_cast<std::int64_t>(chunk->operations.size()) != (*totals)[i].count)
        return "operations appeared below a checkpoint";
      if (sum != (*totals)[i].checksum) return "a sum does not fit its operations";
    }
    ++snapshots;
  }
  return {};
}

}  // namespace

TEST_CASE("readers see whole checkpoints, in order, while the writer publishes", "[storage][G1][G2][I2]") {
  Engine engine;
  engine.Deploy();
  std::atomic<bool> is_done = false;
  std::atomic<int> snapshots = 0;
  std::string faults[2];
  std::thread readers[2];
  for (int i = 0; i < 2; ++i) {
    readers[i] = std::thread([&, i] { faults[i] = ReadUntil(engine.path, is_done, snapshots); });
  }
  std::string failure;
  for (int batch = 1; failure.empty() && (batch <= 400 || snapshots < 20); ++batch) {
    const std::string data = "{\"n\":" + std::to_string(batch) + "}";
    storage::RowState state;
    state.memberships = {{"left", "t", "1", data}, {"right", "t", "1", data}};
    Status done = engine.writer->Begin();
    if (done.ok()) done = engine.writer->SetRow("boats", "[1]", state);
    if (done.ok()) {
      auto published = engine.writer->Publish(std::to_string(100'000 + batch));
      if (!published.ok()) failure = published.error().message;
    } else {
      failure = done.error().message;
    }
  }
  is_done = true;
  for (std::thread& reader : readers) reader.join();
  CHECK(failure.empty());
  CHECK(faults[0].empty());
  CHECK(faults[1].empty());
  CHECK(snapshots >= 20);
}
