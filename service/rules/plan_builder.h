// Collects compiled variants into a plan: equal sources are one, variants with equal inputs share a querier (section
// 7.4).
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "rules/plan.h"
#include "rules/query_compiler.h"

namespace skerry::rules {

class PlanBuilder {
 public:
  explicit PlanBuilder(Options options) { plan_.options = options; }

  IndexSet& indexes() { return indexes_; }

  // The variants of one stream, in the order of the text.
  class StreamBuilder {
   public:
    explicit StreamBuilder(PlanBuilder& plan) : plan_(plan) {}
    // False if another query of the stream already gives rows of the same table to the same bucket, so that one of the
    // two hides the other.
    bool Add(CompiledVariant variant);
    std::size_t buckets() const { return merged_.size(); }
    void Finish(Stream stream);

   private:
    // A querier with the data sources of all variants that were merged into it.
    struct Merged {
      Querier querier;
      std::set<std::size_t> data;
      std::size_t variant = 0;  // The first one's number.
    };
    PlanBuilder& plan_;
    std::vector<Merged> merged_;
    std::map<std::string, std::size_t> by_inputs_;
    std::size_t variants_ = 0;
  };

  // Equal sources of different queries are one (S7).
  std::size_t AddData(DataSource data);
  // A legacy definition's buckets are its own.
  std::size_t AddDefinition(const std::string& name, const std::vector<std::size_t>& data);
  void AddStream(Stream stream) { plan_.streams.push_back(std::move(stream)); }
  void AddEvent(EventSource event) { plan_.events.push_back(std::move(event)); }
  std::shared_ptr<const Plan> Finish();

 private:
  // Two streams that need the same data under the same keys read the same buckets (E17).
  std::size_t AddBucketSource(const std::string& prefix, const std::set<std::size_t>& data);

  Plan plan_;
  IndexSet indexes_;
  std::map<std::string, std::size_t> data_by_text_;
  std::map<std::set<std::size_t>, std::size_t> bucket_by_data_;
};

}  // namespace skerry::rules
