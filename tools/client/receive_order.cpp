#include "tools/client/receive_order.hpp"

#include <algorithm>

namespace parley::client {

receive_order::verdict receive_order::push(seq_t seq, std::string_view bytes, steady_time now) {
  if (!held_)
    begins_at(seq, now);
  pushed_ = std::max(pushed_, seq);
  if (seq <= *held_)
    repeat_ack_ = true;
  return accept(seq, bytes, now);
}

receive_order::verdict receive_order::read(seq_t seq, std::string_view bytes, steady_time now) {
  if (!held_)
    return verdict::duplicate;
  auto result = accept(seq, bytes, now);
  if (result == verdict::deliver)
    overdue_ = pushed_;
  return result;
}

receive_order::verdict receive_order::accept(seq_t seq, std::string_view bytes, steady_time now) {
  if (seq <= *held_)
    return verdict::duplicate;
  if (seq == *held_ + 1) {
    hold(seq);
    waiting_.erase(seq);
    look_for_hole(now);
    return verdict::deliver;
  }
  auto known = waiting_.find(seq);
  if (known == waiting_.end() && waiting_.size() < reorder_limit)
    waiting_.emplace(seq, frame{bytes});
  look_for_hole(now);
  return verdict::wait;
}

void receive_order::sent(seq_t seq, steady_time now) {
  if (held_ && seq <= *held_)
    return;
  if (held_ && seq == *held_ + 1) {
    hold(seq);
    waiting_.erase(seq);
  } else if (waiting_.size() < reorder_limit) {
    waiting_[seq] = frame{};
  }
  look_for_hole(now);
}

void receive_order::begins_at(seq_t first, steady_time now) {
  held_ = std::max(held_.value_or(0), std::max<seq_t>(first, 1) - 1);
  waiting_.erase(waiting_.begin(), waiting_.upper_bound(*held_));
  look_for_hole(now);
}

void receive_order::stay_begins(seq_t first, steady_time now) {
  if (!held_)
    return begins_at(first, now);
  auto known = std::max(*held_, pushed_ < first ? pushed_ : 0);
  for (auto& [seq, bytes] : waiting_)
    if (seq < first)
      known = std::max(known, seq);
  if (first <= known + 1)
    return;
  between_ = {between_.to != 0 ? between_.from : known + 1, first - 1};
  hold(*held_);
  look_for_hole(now);
}

void receive_order::hold(seq_t seq) {
  held_ = seq;
  if (between_.to != 0 && seq + 1 >= between_.from) {
    held_ = std::max(seq, between_.to);
    between_ = {};
  }
}

std::optional<frame> receive_order::next(steady_time now) {
  while (held_ && !waiting_.empty() && waiting_.begin()->first == *held_ + 1) {
    auto first = waiting_.extract(waiting_.begin());
    hold(first.key());
    if (!first.mapped().empty()) {
      look_for_hole(now);
      return std::move(first.mapped());
    }
  }
  look_for_hole(now);
  return std::nullopt;
}

std::optional<receive_order::range> receive_order::missing(steady_time now) const {
  if (!hole_since_)
    return std::nullopt;
  range hole{*held_ + 1, waiting_.empty() ? pushed_ : waiting_.begin()->first - 1};
  auto suspected = hole.from <= overdue_ || (hole.from <= suspect_ && suspect_ <= hole.to);
  if (!suspected && waiting_.size() < reorder_limit && now < *hole_since_ + hole_patience)
    return std::nullopt;
  return hole;
}

void receive_order::asked(steady_time now) {
  suspect_ = overdue_ = 0;
  if (hole_since_)
    hole_since_ = now;
}

std::optional<steady_time> receive_order::wakes_at() const {
  if (!hole_since_)
    return std::nullopt;
  return std::max(suspect_, overdue_) > *held_ ? *hole_since_ : *hole_since_ + hole_patience;
}

std::optional<seq_t> receive_order::take_ack() {
  auto place = std::min(held(), pushed_);
  if (place == 0 || (place <= acknowledged_ && !repeat_ack_))
    return std::nullopt;
  acknowledged_ = place;
  repeat_ack_ = false;
  return place;
}

void receive_order::disconnected() {
  pushed_ = overdue_ = 0;
  acknowledged_ = 0;
  repeat_ack_ = false;
}

bool receive_order::hole() const {
  if (!held_)
    return false;
  if (waiting_.empty())
    return pushed_ > *held_;
  return waiting_.begin()->first > *held_ + 1;
}

void receive_order::look_for_hole(steady_time now) {
  if (!hole())
    hole_since_.reset();
  else if (!hole_since_)
    hole_since_ = now;
}

} // namespace parley::client
