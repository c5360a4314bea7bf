# Usage: renewals.rb START PLAN COUNT
require "date"
$LOAD_PATH.unshift File.join(__dir__, "..", "lib")
require "membership/settings"
require "membership/schedule"

start, plan, count = ARGV
settings = Membership::Settings.load(File.join(__dir__, "..", "config", "membership.yml"))
schedule = Membership::Schedule.new(Date.iso8601(start), settings.plan(plan))
schedule.first(Integer(count)).each do |renewal|
  puts "#{renewal.day} collected #{renewal.collected} cents #{renewal.cents}"
end
puts "by #{settings.collector}, notice #{settings.notice_h} h, tolerance #{settings.tolerance_h} h"
