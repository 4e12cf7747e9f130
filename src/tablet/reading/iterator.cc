#include "anystore/tablet/iterator.h"

#include <span>
#include <utility>

#include "tablet/reading/entry_source.h"

namespace anystore::tablet {

Iterator::Iterator(Error error) : status_(std::move(error)) {}
Iterator::Iterator(std::unique_ptr<EntrySource> source) : source_(std::move(source)) {}
Iterator::Iterator(Iterator&& other) noexcept = default;
Iterator& Iterator::operator=(Iterator&& other) noexcept = default;
Iterator::~Iterator() = default;

bool Iterator::Next() {
  if (left_ > 0) {
    --left_;
    ++at_;
    return true;
  }
  if (source_ == nullptr || !status_.has_value()) return false;
  auto batch = source_->Next();
  if (!batch.has_value()) {
    status_ = std::move(batch).error();
    return false;
  }
  if (batch->empty()) return false;
  at_ = batch->data();
  left_ = batch->size() - 1;
  return true;
}

std::string_view Iterator::Key() const noexcept { return at_->key; }
std::string_view Iterator::Value() const noexcept { return at_->value; }
bool Iterator::Deleted() const noexcept { return at_->deleted; }

Status Iterator::Close() {
  source_.reset();
  left_ = 0;
  if (status_.has_value()) return Ok();
  return status_.error().Clone();
}

}  // namespace anystore::tablet
