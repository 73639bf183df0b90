#include "unit/service_stream/rig.h"

#include <cstdlib>
#include <stdexcept>

#include "support/must.h"

namespace skerry::test {
namespace {

std::filesystem::path NewFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "skerry-stream-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
  return name;
}

}  // namespace

Rig::Folder::~Folder() { std::filesystem::remove_all(path); }

Rig::Rig(const std::string& streams_yaml, std::map<std::string, std::vector<std::string>> columns)
    : folder_{NewFolder()} {
  rules::Compiled compiled = rules::Compile(streams_yaml);
  for (const auto& diagnostic : compiled.diagnostics) {
    if (diagnostic.severity == rules::Severity::kError) throw std::runtime_error(diagnostic.message);
  }
  plan_ = compiled.plan;
  const std::string path = (folder_.path / "storage.db").string();
  writer_ = Must(storage::OpenSqliteWriter(path));
  reader_ = std::make_unique<CountingReader>(Must(storage::OpenSqliteReader(path)));
  int number = 0;
  for (auto& [name, names] : columns) {
    std::string id = "00000000-0000-4000-8000-00000000000" + std::to_string(++number);
    tables_.emplace(name, row::Table{name, std::move(names), {0}, std::move(id)});
  }
  hub_ = std::make_unique<stream::Hub>(*reader_, storage::Checkpoint{});
  StartDeployment();
}

Rig::~Rig() = default;

void Rig::BeginBatch() {
  if (!std::exchange(in_batch_, true)) Must(writer_->Begin());
}

void Rig::StartDeployment() {
  BeginBatch();
  Must(writer_->StartDeployment(plan_->Canonical(), "source"));
  for (const auto& [name, table] : tables_) Must(writer_->PutTable({name, table.id, ""}));
  Publish();
  evaluators_.clear();
  for (const auto& [name, table] : tables_) {
    evaluators_.emplace(name, rules::RowEvaluator(plan_, writer_->deployment().number, table));
  }
}

void Rig::Put(const std::string& table, const std::vector<std::string>& values) {
  BeginBatch();
  std::vector<row::Value> row;
  for (const std::string& value : values) row.push_back(row::Value::Text(value));
  rules::RowResult result;
  evaluators_.at(table).Evaluate(row, result);
  storage::RowState state;
  for (const auto& m : result.Memberships()) state.memberships.push_back({m.bucket, m.table, m.id, m.data});
  for (const auto& entry : result.Entries()) state.entries.push_back({entry.index, entry.key, entry.outputs});
  Must(writer_->SetRow(table, values[0], state));
}

void Rig::Remove(const std::string& table, const std::string& key) {
  BeginBatch();
  Must(writer_->SetRow(table, key, {}));
}

void Rig::PublishSilently() {
  BeginBatch();
  in_batch_ = false;
  std::string position = std::to_string(++position_);
  position.insert(0, 20 - position.size(), '0');
  untold_.push_back(Must(writer_->Publish(position)));
}

void Rig::Tell() {
  for (const storage::Published& published : std::exchange(untold_, {})) Must(hub_->Publish(published));
}

void Rig::Publish() {
  PublishSilently();
  Tell();
}

void Rig::Compact() {
  Must(writer_->StartCompaction(storage::CompactionScope::kEverything));
  while (Must(writer_->CompactSlice())) {
  }
}

std::vector<WriteCheckpoint> Rig::RequestWrites(const std::string& user_key, std::optional<WriteCheckpoint> supplied) {
  // The head is one past what is published, as if a write had just been made.
  std::string head = std::to_string(position_ + 1);
  head.insert(0, 20 - head.size(), '0');
  const storage::WriteCheckpointRequest request{user_key, supplied};
  auto ids = Must(writer_->StoreWriteCheckpoints({&request, 1}, head, now));
  hub_->ExpectAcknowledgement(user_key, ids[0]);
  return ids;
}

std::unique_ptr<stream::Session> Rig::Open(const std::string& user, const protocol::StreamRequest& request,
                                           std::chrono::seconds life) {
  // Made by the first session, which it has to outlive; `options` are set before.
  if (!host_)
    host_ =
        std::make_unique<stream::SessionHost>(stream::SessionHost{plan_, reader(), chunks, *hub_, random_, options});
  stream::Identity identity{user, R"({"sub":")" + user + "\"}", now.wall + life};
  return Must(stream::Session::Open(*host_, identity, request, {}, now, [this] { ++wakes; }));
}

std::string Rig::Line(stream::Session& session) {
  auto step = session.Next(now);
  if (!step.ok()) return "error: " + step.error().message;
  if (std::holds_alternative<stream::Waiting>(*step)) return "wait";
  if (std::holds_alternative<stream::Ended>(*step)) return "end";
  std::string line;
  if (const auto* data = std::get_if<std::shared_ptr<const stream::SharedLine>>(&*step))
    line = (*data)->text;
  else
    protocol::AppendLine(line, std::get<protocol::Line>(*step), {});
  line.pop_back();
  return line;
}

std::vector<std::string> Rig::Lines(stream::Session& session) {
  std::vector<std::string> lines;
  for (;;) {
    std::string line = Line(session);
    if (line == "wait") return lines;
    lines.push_back(line);
    if (line == "end" || line.rfind("error", 0) == 0) return lines;
  }
}

}  // namespace skerry::test
