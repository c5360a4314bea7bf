require "minitest/autorun"
require "membership/schedule"
require "membership/settings"

class ScheduleTest < Minitest::Test
  def days(start, months, count)
    schedule = Membership::Schedule.new(Date.iso8601(start), Membership::Plan.new(months, 100))
    schedule.first(count).map { |renewal| renewal.day.iso8601 }
  end

  def test_an_ordinary_day
    assert_equal %w[2025-02-15 2025-03-15 2025-04-15], days("2025-01-15", 1, 3)
  end

  def test_the_last_day_of_january
    assert_equal %w[2025-02-28 2025-03-31 2025-04-30], days("2025-01-31", 1, 3)
  end
end
